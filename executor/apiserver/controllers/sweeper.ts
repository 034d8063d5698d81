import type { Api } from '../call.ts';
import { ApiServices } from './apiservices.ts';
import { sweepCrds } from './crds.ts';
import { expireEvents } from './events.ts';
import { collectGarbage, Waiting } from './gc.ts';
import { sweepNamespaces } from './namespaces.ts';

/** Short enough for nobody to notice, long enough to take a burst of deletions at once. */
const debounceMs = 20;
const housekeepingMs = 60_000;

/** Runs the controllers that clean up, after each change, and now and then the housekeeping. */
export class Sweeper {
  readonly #api: Api;
  readonly #waiting: Waiting;
  readonly #apiServices = new ApiServices();
  readonly #unsubscribe: () => void;
  readonly #interval: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;

  constructor(api: Api) {
    this.#api = api;
    this.#waiting = new Waiting(api.store.objects.heldByCollector());
    this.#unsubscribe = api.store.subscribe(() => this.#soon());
    this.#interval = setInterval(() => this.#attempt(() => this.#keepHouse()), housekeepingMs);
    this.#soon();
  }

  /** @param uid an object that is being deleted */
  add(uid: string): void {
    this.#waiting.add(uid);
    this.#soon();
  }

  stop(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    clearInterval(this.#interval);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#attempt(() => this.#sweep());
    }, debounceMs);
  }

  #sweep(): void {
    sweepNamespaces(this.#api);
    sweepCrds(this.#api);
    collectGarbage(this.#api, this.#waiting);
    this.#apiServices.sweep(this.#api);
  }

  #keepHouse(): void {
    expireEvents(this.#api);
    this.#api.store.compact(this.#api.now().getTime());
  }

  /** A full disk, say, must not end the server; the next sweep tries again. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      console.error('apiserver: clean-up failed, will be tried again:', error);
    }
  }
}
