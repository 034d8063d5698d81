import type { EventName, Events, QmpEvent } from './events.ts';

export type AnyListener = (event: QmpEvent) => void;

/** Typed listeners for events. A listener that throws does not keep the event from the others: its error surfaces as uncaught. */
export class QmpEmitter {
  readonly #listeners = new Set<AnyListener>();

  /** Listens to one event; the answer ends it. */
  on<E extends EventName>(name: E, listener: (data: Events[E], at: number) => void): () => void {
    return this.onAny((event) => {
      if (event.name === name) listener(event.data as Events[E], event.at);
    });
  }

  /** Listens to every event, known ones and others; the answer ends it. */
  onAny(listener: AnyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: QmpEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
