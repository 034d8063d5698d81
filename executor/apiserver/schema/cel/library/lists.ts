import type { Environment } from '@marcbachmann/cel-js';
import { compareValues, equalValues } from './compare.ts';

type List = unknown[];

/** Kubernetes' list library: isSorted, sum, min, max, indexOf, lastIndexOf. */
export function registerLists(env: Environment): void {
  env.registerFunction('list.isSorted(): bool', isSorted);
  env.registerFunction('list.sum(): dyn', sum);
  env.registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min', (order) => order < 0));
  env.registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max', (order) => order > 0));
  env.registerFunction('list.indexOf(dyn): int', (list: List, value: unknown) =>
    BigInt(list.findIndex((item) => equalValues(item, value))),
  );
  env.registerFunction('list.lastIndexOf(dyn): int', (list: List, value: unknown) =>
    BigInt(list.findLastIndex((item) => equalValues(item, value))),
  );
}

function isSorted(list: List): boolean {
  return list.every((item, i) => i === 0 || compareValues(list[i - 1], item) <= 0);
}

function sum(list: List): unknown {
  return list.reduce((total, item) => (total as bigint) + (item as bigint), typeof list[0] === 'number' ? 0 : 0n);
}

function extreme(list: List, name: string, wins: (order: number) => boolean): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (wins(compareValues(item, best)) ? item : best));
}
