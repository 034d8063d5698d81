import { type Environment, Optional } from '@marcbachmann/cel-js';
import { compareValues, equalValues } from './compare.ts';

type List = unknown[];

/** Kubernetes' list library, and of cel-go's what newer servers have. */
export function registerLists(env: Environment): void {
  env.registerFunction('list.isSorted(): bool', isSorted);
  env.registerFunction('list.sum(): dyn', sum);
  env.registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min', (order) => order < 0));
  env.registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max', (order) => order > 0));
  env.registerFunction('list.indexOf(dyn): int', (list: List, value: unknown) =>
    BigInt(list.findIndex((item) => equalValues(item, value))),
  );
  env.registerFunction('list.first(): optional<dyn>', (list: List) => optionalOf(list, 0));
  env.registerFunction('list.last(): optional<dyn>', (list: List) => optionalOf(list, -1));
  env.registerFunction('list.distinct(): list', distinct);
  env.registerFunction('list.sort(): list', (list: List) => list.toSorted(compareValues));
  env.registerFunction('list.reverse(): list', (list: List) => list.toReversed());
  env.registerFunction('list.slice(int, int): list', slice);
  env.registerFunction('list.flatten(): list', (list: List) => list.flat());
  env.registerFunction('list.flatten(int): list', (list: List, depth: bigint) => list.flat(Number(depth)));
  env.registerFunction('list.lastIndexOf(dyn): int', (list: List, value: unknown) =>
    BigInt(list.findLastIndex((item) => equalValues(item, value))),
  );
}

function distinct(list: List): List {
  return list.filter((item, i) => list.findIndex((other) => equalValues(other, item)) === i);
}

function slice(list: List, from: bigint, to: bigint): List {
  if (from < 0n || to > BigInt(list.length))
    throw new Error(`cannot slice(${from}, ${to}), list length ${list.length}`);
  if (from > to) throw new Error(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
  return list.slice(Number(from), Number(to));
}

const optionalOf = (list: List, index: number): Optional =>
  list.length === 0 ? Optional.none() : Optional.of(list.at(index));

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
