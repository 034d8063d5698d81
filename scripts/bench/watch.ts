import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Resource } from '../../schemas/types/object.ts';

export type Any = Resource<Record<string, unknown>, Record<string, unknown>>;

/** Waits on a watch until every named object of a kind satisfies `done`, and returns them. */
export async function until<T extends Any>(
  client: ApiClient,
  kind: Kind,
  names: readonly string[],
  done: (object: T) => boolean,
): Promise<Map<string, T>> {
  const type = resourceOf(kinds[kind]);
  const abort = new AbortController();
  const found = new Map<string, T>();
  const note = (object: T) => {
    if (names.includes(object.metadata.name) && done(object)) found.set(object.metadata.name, object);
  };
  const list = await client.list<T>(type, 'default');
  list.items.forEach(note);
  if (found.size === names.length) return found;
  const query = { resourceVersion: list.metadata.resourceVersion };
  for await (const event of client.watch<T>(type, 'default', { query, signal: abort.signal })) {
    if (event.type !== 'BOOKMARK') note(event.object);
    if (found.size === names.length) break;
  }
  abort.abort();
  return found;
}

export const runs = (it: Any): boolean => (it as unknown as VirtualMachine).status?.powerState === 'Running';
export const stopped = (it: Any): boolean => (it as unknown as VirtualMachine).status?.powerState === 'Stopped';
export const ready = (it: Any): boolean => it.status?.['phase'] === 'Ready';
