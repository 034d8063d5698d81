import { createInformer } from '../../../executor/controller/informer.ts';
import type { ApiClient } from '../../../schemas/client/client.ts';
import type { ResourceType } from '../../../schemas/client/paths.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';

const LOG = { info: () => {}, warn: (message: string) => console.error(message), error: console.error };

/** Counts the objects of one type that have a node. */
export interface Count {
  /** Resolves once so many have one. */
  until(count: number): Promise<void>;
  close(): void;
}

type Placed = KubeObject & { readonly spec?: { readonly nodeName?: string } };

/** @param prefix of their names: other objects are of no interest */
export async function countPlaced(client: ApiClient, type: ResourceType, prefix: string): Promise<Count> {
  const placed = new Set<string>();
  let wake = () => {};
  const onChange = (_before: Placed | undefined, now: Placed | undefined): void => {
    if (now?.spec?.nodeName === undefined || !now.metadata.name.startsWith(prefix)) return;
    placed.add(now.metadata.name);
    wake();
  };
  const informer = createInformer<Placed>({ client, log: LOG, type, onChange });
  await informer.synced;
  return {
    until: (count) =>
      new Promise((resolve) => {
        wake = () => placed.size >= count && resolve();
        wake();
      }),
    close: () => informer.close(),
  };
}
