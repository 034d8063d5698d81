import { keyText } from '../../controller/keys.ts';
import type { Key } from '../../controller/types.ts';
import type { Pod } from './pod.ts';

/** The machine that a reservation is of. */
export function ownerKey({ metadata }: Pod): Key {
  const name = metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine')?.name ?? metadata.name;
  return { namespace: metadata.namespace ?? 'default', name };
}

/** Reservations by their machine: ten thousand need not be looked through for each. */
export class PodIndex {
  readonly #owned = new Map<string, Map<string, Pod>>();

  note(before: Pod | undefined, now: Pod | undefined): void {
    if (before) this.#drop(before);
    if (!now) return;
    const owner = keyText(ownerKey(now));
    const pods = this.#owned.get(owner) ?? new Map<string, Pod>();
    this.#owned.set(owner, pods.set(now.metadata.name, now));
  }

  of(owner: string): Pod[] {
    return [...(this.#owned.get(owner)?.values() ?? [])];
  }

  #drop(pod: Pod): void {
    const owner = keyText(ownerKey(pod));
    const pods = this.#owned.get(owner);
    pods?.delete(pod.metadata.name);
    if (pods?.size === 0) this.#owned.delete(owner);
  }
}
