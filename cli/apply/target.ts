import type { Session } from '../api/connect.ts';
import { discover } from '../api/lookup.ts';
import { knownKind, type NamedResource } from '../api/resources.ts';
import { Failure, usage } from '../errors.ts';
import { quoted } from '../names.ts';
import type { Draft, Manifest } from './manifests.ts';

/** An object with the resource that it is of and the namespace that it goes to. */
export interface Target {
  readonly resource: NamedResource;
  readonly namespace: string | undefined;
  readonly object: Draft;
  readonly source: string;
}

const groupVersion = ({ group, version }: NamedResource): string => (group === '' ? version : `${group}/${version}`);

/** Preferred versions only are discovered, so a resource is asked for in the version that the object names. */
async function resourceFor(session: Session, { object, source }: Manifest): Promise<NamedResource> {
  const { apiVersion, kind } = object;
  const found =
    knownKind(apiVersion, kind) ??
    (await discover(session.client)).find((it) => it.kind === kind && groupVersion(it) === apiVersion);
  if (found) return found;
  throw new Failure(
    'notFound',
    `${source}: this API has no ${quoted(kind)} in ${quoted(apiVersion)}`,
    'see: kubectl api-resources',
  );
}

/** @throws Failure where the object says another namespace than the command line */
function namespaceFor(session: Session, asked: string | undefined, { object, source }: Manifest): string {
  const own = object.metadata.namespace;
  if (own !== undefined && asked !== undefined && own !== asked)
    throw usage(
      `${source}: ${quoted(object.metadata.name ?? '')} is of namespace ${quoted(own)}, the command line says ${quoted(asked)}`,
      'make them agree, or leave out -n',
    );
  return own ?? session.namespace;
}

/** Where an object goes. `asked` is the namespace of the command line, if it gives one. */
export async function targetOf(session: Session, asked: string | undefined, manifest: Manifest): Promise<Target> {
  const resource = await resourceFor(session, manifest);
  const namespace = resource.namespaced ? namespaceFor(session, asked, manifest) : undefined;
  const metadata = { ...manifest.object.metadata, ...(namespace !== undefined && { namespace }) };
  return { resource, namespace, object: { ...manifest.object, metadata }, source: manifest.source };
}
