import { ApiError, ConnectionError, isNotFound } from '../../schemas/client/errors.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import type { NamedResource } from '../api/resources.ts';
import { age } from '../duration.ts';
import { Failure } from '../errors.ts';
import { openProgress, type Progress } from './progress.ts';

/** How far an object is. `failed` is for what no patience mends. */
export interface Verdict {
  readonly state: 'working' | 'done' | 'failed';
  readonly detail: string;
  readonly percent?: number | undefined;
}

/** Judges an object as it is now; undefined is one that is not there. */
export type Judge = (object: KubeObject | undefined) => Verdict;

export interface Goal {
  readonly resource: NamedResource;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly judge: Judge;
}

const REOPEN_MS = 500;

/** The server was not there for a moment, or ended the stream: look again. */
const passing = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof ApiError && (error.code === 410 || error.code >= 500 || error.code === 429)) ||
  ['ECONNRESET', 'ECONNREFUSED', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');

/** An object as it is, and again after each change; undefined while there is none. Ends with the signal only. */
async function* states(session: Session, goal: Goal, signal: AbortSignal): AsyncIterable<KubeObject | undefined> {
  const { client } = session;
  const { resource, name } = goal;
  const namespace = resource.namespaced ? (goal.namespace ?? session.namespace) : undefined;
  while (!signal.aborted) {
    try {
      const query = { fieldSelector: `metadata.name=${name}` };
      const list = await client.list<KubeObject>(resource, namespace, { query, signal });
      yield list.items[0];
      const { resourceVersion } = list.metadata;
      for await (const event of client.watch<KubeObject>(resource, namespace, {
        query: { ...query, resourceVersion },
        signal,
      })) {
        if (event.type !== 'BOOKMARK') yield event.type === 'DELETED' ? undefined : event.object;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!passing(error) && !isNotFound(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  }
}

const nextStep = ({ resource, name }: Goal): string =>
  `see why with: vmctl describe ${resource.shortNames[0] ?? resource.plural} ${name}`;

async function reach(session: Session, goal: Goal, progress: Progress, signal: AbortSignal): Promise<void> {
  for await (const object of states(session, goal, signal)) {
    const { state, detail, percent } = goal.judge(object);
    progress.set({ name: goal.name, state, detail, ...(percent !== undefined && { percent }) });
    if (state === 'done') return;
    if (state === 'failed')
      throw new Failure('failed', `${goal.resource.singular} "${goal.name}": ${detail}`, nextStep(goal));
  }
}

/** Waits until every goal is reached, showing how far each is. @throws Failure (timedOut, failed) */
export async function until(session: Session, goals: readonly Goal[], timeoutMs: number): Promise<void> {
  const progress = await openProgress();
  const signal = new AbortController();
  const timer = Number.isFinite(timeoutMs) ? setTimeout(() => signal.abort(), timeoutMs) : undefined;
  const pending = new Set(goals);
  try {
    await Promise.all(
      goals.map(async (goal) => {
        await reach(session, goal, progress, signal.signal);
        if (!signal.signal.aborted) pending.delete(goal);
      }),
    );
  } finally {
    clearTimeout(timer);
    signal.abort();
    await progress.close();
  }
  const [first] = pending;
  if (first)
    throw new Failure(
      'timedOut',
      `${[...pending].map(({ name }) => name).join(', ')}: not done after ${age(timeoutMs)}`,
      nextStep(first),
    );
}
