/** How a task stands. A failed or finished one stays until it is taken away. */
export type TaskState<T> =
  | {
      readonly state: 'running';
      readonly progress: number | undefined;
      /** What it does now, as a phase; nothing before it says so. */
      readonly stage?: string | undefined;
    }
  | { readonly state: 'done'; readonly value: T }
  | {
      readonly state: 'failed';
      readonly error: Error;
      /** How often in a row, from 1 on. */
      readonly attempts: number;
      /** Milliseconds, of performance.now(). */
      readonly at: number;
    };

/** Percent of a stage, which has the name of a phase. */
export type Report = (progress: number, stage?: string) => void;

/** What a task is given. */
export interface TaskHandle {
  readonly signal: AbortSignal;
  readonly report: Report;
}

interface Running<T> {
  state: TaskState<T>;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** A status is written at most this often for progress. */
const REPORT_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 300_000;

/** Milliseconds until a failed task is due again: twice as long after each failure in a row. */
export function retryDelayMs({ attempts, at }: { attempts: number; at: number }, now = performance.now()): number {
  return Math.max(0, at + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1)) - now);
}

/**
 * Long work, such as a download, beside the queue: a reconciler starts it, returns, and is called again when there is news.
 * A task lives as long as this process; what it made so far must be enough to start it again.
 */
export class Tasks<T> {
  readonly #tasks = new Map<string, Running<T>>();

  get(id: string): TaskState<T> | undefined {
    return this.#tasks.get(id)?.state;
  }

  /** Starts a task unless one of that id runs or is done; a failed one begins anew. @param onNews called at progress, at most once a second, and at the end */
  start(id: string, work: (handle: TaskHandle) => Promise<T>, onNews: () => void): void {
    const before = this.#tasks.get(id)?.state;
    if (before && before.state !== 'failed') return;
    const attempts = (before?.attempts ?? 0) + 1;
    const abort = new AbortController();
    const report = throttle((progress, stage) => {
      if (task.state.state === 'running') task.state = { state: 'running', progress, stage };
    }, onNews);
    const task: Running<T> = { state: { state: 'running', progress: undefined }, abort, ended: run() };
    this.#tasks.set(id, task);

    async function run(): Promise<void> {
      await Promise.resolve();
      try {
        task.state = { state: 'done', value: await work({ signal: abort.signal, report }) };
      } catch (error) {
        task.state = { state: 'failed', error: error as Error, attempts, at: performance.now() };
      }
      onNews();
    }
  }

  /** Takes away a task that has ended. */
  forget(id: string): void {
    this.#tasks.delete(id);
  }

  /** Stops a task and waits until nothing of it is left. */
  async cancel(id: string): Promise<void> {
    const task = this.#tasks.get(id);
    task?.abort.abort(new Error('it is not wanted any more'));
    await task?.ended;
    this.#tasks.delete(id);
  }
}

function throttle(report: Report, onNews: () => void): Report {
  let last = '';
  let reported = performance.now();
  return (progress, stage) => {
    const news = `${progress} ${stage}`;
    if (news === last) return;
    last = news;
    report(progress, stage);
    if (performance.now() - reported < REPORT_MS) return;
    reported = performance.now();
    onNews();
  };
}
