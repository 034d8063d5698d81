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
/** So many are followed one by one; more, by one list and one watch of their whole namespace. */
const FEW = 8;

/** The server was not there for a moment, or ended the stream: look again. */
const passing = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof ApiError && (error.code === 410 || error.code >= 500 || error.code === 429)) ||
  ['ECONNRESET', 'ECONNREFUSED', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Goals of one resource in one namespace that one list and one watch tell of, be they one or a thousand. */
interface Group {
  readonly resource: NamedResource;
  readonly namespace: string | undefined;
  readonly goals: readonly Goal[];
}

function inGroups(session: Session, goals: readonly Goal[]): Group[] {
  const namespaceOf = ({ resource, namespace }: Goal) =>
    resource.namespaced ? (namespace ?? session.namespace) : undefined;
  const groups = Map.groupBy(goals, (goal) =>
    JSON.stringify([goal.resource.plural, goal.resource.group, namespaceOf(goal)]),
  );
  const few = (all: Goal[]) => (all.length > FEW ? [all] : all.map((goal) => [goal]));
  return [...groups.values()].flatMap(few).flatMap((all) => {
    const [first] = all;
    return first ? [{ resource: first.resource, namespace: namespaceOf(first), goals: all }] : [];
  });
}

/** Objects by their name. */
type Seen = ReadonlyMap<string, KubeObject | undefined>;

/** What a group is about as it is, then each change; undefined while there is no such object. Ends with the signal only. */
async function* states(
  session: Session,
  { resource, namespace, goals }: Group,
  signal: AbortSignal,
): AsyncIterable<Seen> {
  const { client } = session;
  const names = new Set(goals.map(({ name }) => name));
  const query = names.size === 1 ? { fieldSelector: `metadata.name=${[...names][0]}` } : {};
  while (!signal.aborted) {
    try {
      const list = await client.list<KubeObject>(resource, namespace, { query, signal });
      const there = new Map(list.items.map((object) => [object.metadata.name, object]));
      yield new Map([...names].map((name) => [name, there.get(name)]));
      const { resourceVersion } = list.metadata;
      const from = { query: { ...query, resourceVersion }, signal };
      for await (const { type, object } of client.watch<KubeObject>(resource, namespace, from)) {
        const { name } = object.metadata;
        if (type !== 'BOOKMARK' && names.has(name)) yield new Map([[name, type === 'DELETED' ? undefined : object]]);
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

function judge(goal: Goal, object: KubeObject | undefined, progress: Progress): boolean {
  const { state, detail, percent } = goal.judge(object);
  progress.set({ name: goal.name, state, detail, ...(percent !== undefined && { percent }) });
  if (state === 'failed')
    throw new Failure('failed', `${goal.resource.singular} "${goal.name}": ${detail}`, nextStep(goal));
  return state === 'done';
}

/** Waits for one group; a goal that was reached once is not looked at again. */
async function reach(
  session: Session,
  group: Group,
  progress: Progress,
  pending: Set<Goal>,
  signal: AbortSignal,
): Promise<void> {
  const left = Map.groupBy(group.goals, ({ name }) => name);
  for await (const seen of states(session, group, signal)) {
    for (const [name, object] of seen) {
      const goals = (left.get(name) ?? []).filter((goal) => !judge(goal, object, progress) || !pending.delete(goal));
      if (goals.length > 0) left.set(name, goals);
      else left.delete(name);
    }
    if (left.size === 0) return;
  }
}

/** Waits until every goal is reached, showing how far each is. @throws Failure (timedOut, failed) */
export async function until(session: Session, goals: readonly Goal[], timeoutMs: number): Promise<void> {
  const progress = await openProgress();
  const signal = new AbortController();
  const timer = Number.isFinite(timeoutMs) ? setTimeout(() => signal.abort(), timeoutMs) : undefined;
  const pending = new Set(goals);
  try {
    const groups = inGroups(session, goals);
    await Promise.all(groups.map((group) => reach(session, group, progress, pending, signal.signal)));
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
