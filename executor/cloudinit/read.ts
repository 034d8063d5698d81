import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import { type CloudInit, type DataOf, type Source, sourcesOf } from '../../schemas/cloud-init/index.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const PLURALS = { Secret: 'secrets', ConfigMap: 'configmaps' } as const;

/** The data of every Secret and ConfigMap that a seed names, of the machine's own namespace and no other. */
export async function readSources(client: ApiClient, namespace: string, cloudInit: CloudInit): Promise<DataOf> {
  const found = await Promise.all(
    sourcesOf(cloudInit).map(async (source) => [keyOf(source), await read(client, namespace, source)] as const),
  );
  const all = new Map(found);
  return (kind, name) => all.get(keyOf({ kind, name }));
}

const keyOf = ({ kind, name }: Source): string => `${kind}/${name}`;

async function read(client: ApiClient, namespace: string, { kind, name }: Source) {
  try {
    const object = await client.get<DataObject>(core(PLURALS[kind]), { namespace, name });
    return object.data ?? {};
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
