import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';

const LOOK_MS = 200;

/** Aborts once somebody wants something of a machine; dispose of it when the work is done. */
export interface Wanted extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * For long work that nobody may come between: notices that a person changed the machine's spec, or deleted it, and waits for it.
 * Each such wish interrupts once, so that the work comes to its end however long a wish takes to be fulfilled.
 */
export class Patience {
  readonly #store: Context['store'];
  #heeded: string | undefined;

  constructor({ store }: Pick<Context, 'store'>) {
    this.#store = store;
  }

  untilWanted(namespace: string | undefined, name: string): Wanted {
    const controller = new AbortController();
    const look = (): void => {
      const machine = this.#store.get('VirtualMachine', { ...(namespace !== undefined && { namespace }), name });
      if (!machine) return;
      this.#heeded ??= fulfilledOf(machine);
      if (wishOf(machine) === this.#heeded) return;
      this.#heeded = wishOf(machine);
      controller.abort(new Error(`somebody wants something of the machine ${name}`));
    };
    const timer = setInterval(look, LOOK_MS);
    return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
  }
}

const wish = (generation: number | undefined, deleting: boolean): string => `${generation ?? 0} ${deleting}`;

const wishOf = ({ metadata }: VirtualMachine): string =>
  wish(metadata.generation, metadata.deletionTimestamp !== undefined);

/** What the machine's own reconcile has looked at already. */
const fulfilledOf = ({ status }: VirtualMachine): string => wish(status?.observedGeneration, false);
