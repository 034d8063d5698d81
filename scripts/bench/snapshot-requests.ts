import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import { snapshot } from './machines.ts';
import { type Measure, measure, median, paired, settle, time } from './measure.ts';
import type { Standalone } from './standalone.ts';
import { type Any, ready, until } from './watch.ts';

const ROUNDS = 5;
export const NAME = 'full';

export interface Bench {
  readonly api: Standalone;
  readonly client: ApiClient;
  readonly volume: string;
  readonly written: string;
}

/** In milliseconds: from the request until a watch says that it is done, and what of that the executor tells of the work itself. */
export interface Took {
  readonly ms: number;
  readonly operationMs: number;
}

export const kindOf = (kind: Kind) => resourceOf(kinds[kind]);
export const target = (name: string) => ({ namespace: 'default', name });

let count = 0;

export async function take(bench: Bench, memory: boolean): Promise<Took & { readonly name: string }> {
  const name = `${NAME}-${count++}`;
  const object = snapshot(name, NAME, memory) as unknown as Any;
  const request = () => bench.client.create(kindOf('VirtualMachineSnapshot'), object);
  return { name, ...(await timed(bench, 'take', name, request, ready)) };
}

export function revert(bench: Bench, name: string): Promise<Took> {
  const token = `once-${count++}`;
  const request = () => bench.client.patch(kindOf('VirtualMachineSnapshot'), target(name), { spec: { revert: token } });
  return timed(bench, 'revert', name, request, (it) => it.status?.['reverted'] === token);
}

type Step = 'take' | 'revert';

/** The watch is there before, as that of whoever waits for many; what the last request set going has come to rest. */
async function timed(
  { api, client }: Bench,
  step: Step,
  name: string,
  request: () => Promise<unknown>,
  done: (it: Any) => boolean,
): Promise<Took> {
  const before = await spent(api, step);
  const seen = until(client, 'VirtualMachineSnapshot', [name], done);
  await settle();
  const ms = await time(async () => {
    await request();
    await seen;
  });
  return { ms, operationMs: (await spent(api, step)) - before };
}

/** Milliseconds that all snapshots, or reverts, took so far. */
async function spent(api: Standalone, step: Step): Promise<number> {
  const sum = new RegExp(`^vmctl_snapshot_seconds_sum\\{step="${step}"\\} (.+)$`, 'm').exec(await api.metrics());
  return Number(sum?.[1] ?? 0) * 1000;
}

export async function drop({ client }: Bench, name: string): Promise<void> {
  const type = kindOf('VirtualMachineSnapshot');
  await client.delete(type, target(name));
  while ((await client.list<Any>(type, 'default')).items.some((it) => it.metadata.name === name)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Two lines: of the whole, and of the work itself. @param names of what is done, and of the bare call */
export async function compared(
  [what, tool]: readonly [string, string],
  ours: () => Promise<Took>,
  bare: () => Promise<number>,
): Promise<Measure[]> {
  const operations: number[] = [];
  const whole = async () => {
    const { ms, operationMs } = await ours();
    operations.push(operationMs);
    return ms;
  };
  const [ms, baseline] = await paired(ROUNDS, whole, bare);
  return [
    measure(`${what} : ${tool}`, 'ms', ms, baseline),
    // The first round only warms up.
    measure(`${what}, the work itself : ${tool}`, 'ms', median(operations.slice(1)), baseline),
  ];
}
