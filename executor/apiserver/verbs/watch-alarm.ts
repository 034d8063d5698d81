import type { Call } from '../call.ts';
import type { PageRequest } from '../store/objects.ts';

/** As kube-apiserver: one a minute is enough to keep a quiet watch from growing too old to resume. */
const bookmarkMs = 60_000;
/** As kube-apiserver's `--min-request-timeout`: between this and twice this, so that clients do not return together. */
const leastTimeoutMs = 30 * 60_000;

type Reason = 'change' | 'bookmark' | 'end';

/** Wakes a watch that has sent everything: something changed, a bookmark is due, or it is time to end. */
export class Alarm {
  #due: Reason | undefined;
  #wake: ((reason: Reason) => void) | undefined;
  readonly #undo: (() => void)[] = [];

  /** Changes of the resource wake, or those of one object of it. A thousand watches of one object each cost one wake, not a thousand. */
  constructor(call: Call, { resource, name }: Pick<PageRequest, 'resource' | 'name'>) {
    const { api, res, served } = call;
    const gone = () => api.registry.find(served.group, served.version, served.plural) !== served;
    this.#undo.push(
      api.store.subscribe((changed, names) => {
        if (gone()) this.#set('end');
        else if (changed === resource && (name === undefined || names.has(name))) this.#set('change');
      }),
    );
    const end = () => this.#set('end');
    res.once('close', end);
    api.stopping.addEventListener('abort', end, { once: true });
    const bookmarks = setInterval(() => this.#set('bookmark'), bookmarkMs);
    const timeout = setTimeout(end, timeoutMs(call));
    this.#undo.push(
      () => res.off('close', end),
      () => api.stopping.removeEventListener('abort', end),
      () => clearInterval(bookmarks),
      () => clearTimeout(timeout),
    );
  }

  async ring(): Promise<Reason> {
    const reason =
      this.#due ??
      (await new Promise<Reason>((resolve) => {
        this.#wake = resolve;
      }));
    this.#due = undefined;
    this.#wake = undefined;
    return reason;
  }

  stop(): void {
    for (const undo of this.#undo) undo();
  }

  #set(reason: Reason): void {
    if (this.#due !== 'end') this.#due = reason;
    this.#wake?.(this.#due);
  }
}

function timeoutMs({ query }: Call): number {
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  return seconds > 0 ? seconds * 1000 : leastTimeoutMs * (1 + Math.random());
}
