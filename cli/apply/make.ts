import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import type { NamedResource } from '../api/resources.ts';
import { settled } from '../wait/settled.ts';
import type { Draft } from './manifests.ts';
import { changeQuery, type DryRun, report } from './report.ts';

export interface MakeOptions {
  readonly mode: DryRun;
  readonly format?: string | undefined;
  readonly wait?: boolean;
  readonly timeoutMs?: number;
}

/** Creates one object in the namespace of the session and says so. @throws ApiError */
export async function make(
  session: Session,
  resource: NamedResource,
  draft: Draft,
  options: MakeOptions,
  say: (text: string) => void,
): Promise<void> {
  const { mode, format, wait = false, timeoutMs = Number.POSITIVE_INFINITY } = options;
  const namespace = resource.namespaced ? (draft.metadata.namespace ?? session.namespace) : undefined;
  const object = { ...draft, metadata: { ...draft.metadata, ...(namespace !== undefined && { namespace }) } };
  const made =
    mode === 'client' ? object : await session.client.create<KubeObject>(resource, object, changeQuery(mode));
  say(await report(made, resource, 'created', mode, format));
  if (wait && mode === 'none') await settled(session, [{ resource, namespace, object: made }], timeoutMs);
}

/** An object of one of our kinds. */
export const draft = (resource: NamedResource, metadata: Draft['metadata'], spec: object): Draft =>
  ({ apiVersion: `${resource.group}/${resource.version}`, kind: resource.kind, metadata, spec }) as Draft;
