/**
 * Keys to work on. A key waits at most once however often it is added, is never given to two workers at a time, and one
 * that is added while it is worked on comes again afterwards.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds a key after a while; of several such waits for one key the earliest counts. */
  addAfter(key: string, afterMs: number): void;
  /** The next key, as soon as there is one; nothing once the queue is closed. Call `done` with it afterwards. */
  next(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys that wait, the delayed ones left out. */
  readonly length: number;
  close(): void;
}

/** setTimeout takes no more than 31 bits; a longer wait merely looks again before its time. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export function createQueue(): WorkQueue {
  return new Queue();
}

class Queue implements WorkQueue {
  /** In the order in which they came. */
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  get length(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#working.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#give();
  }

  addAfter(key: string, afterMs: number): void {
    if (this.#closed) return;
    const delay = Math.min(Math.max(afterMs, 0), LONGEST_WAIT_MS);
    const at = performance.now() + delay;
    const earlier = this.#delayed.get(key);
    if (earlier && earlier.at <= at) return;
    clearTimeout(earlier?.timer);
    const due = () => {
      this.#delayed.delete(key);
      this.add(key);
    };
    this.#delayed.set(key, { at, timer: setTimeout(due, delay) });
  }

  next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(undefined);
      this.#takers.push(resolve);
      this.#give();
    });
  }

  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#waiting.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  #give(): void {
    for (const key of this.#waiting) {
      const take = this.#takers.shift();
      if (!take) return;
      this.#waiting.delete(key);
      this.#working.add(key);
      take(key);
    }
  }
}
