import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists } from '../../schemas/client/errors.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

const NAME = 'default';

async function createUnlessThere(client: ApiClient, kind: Kind, spec: object): Promise<void> {
  const object = { apiVersion: API_VERSION, kind, metadata: { name: NAME }, spec };
  try {
    await client.create(
      resourceOf(kindNames[kind]),
      object as Omit<KubeObject, 'metadata'> & { metadata: { name: string } },
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** What a machine refers to where it names nothing: the pool in the home and a network that needs nothing of the host. */
export async function createDefaults(client: ApiClient, home: string): Promise<void> {
  await createUnlessThere(client, 'VirtualMachineStoragePool', { dir: { path: `${home}/pool` } });
  await createUnlessThere(client, 'VirtualMachineNetwork', { user: {} });
}
