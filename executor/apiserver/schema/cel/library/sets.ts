import type { Environment } from '@marcbachmann/cel-js';
import { equalValues } from './compare.ts';

type List = unknown[];
class Sets {}

const has = (list: List, value: unknown): boolean => list.some((item) => equalValues(item, value));
const contains = (list: List, others: List): boolean => others.every((item) => has(list, item));

/** cel-go's set library, lists taken for sets. */
export function registerSets(env: Environment): void {
  env.registerType('SetsNamespace', Sets).registerConstant('sets', 'SetsNamespace', new Sets());
  const define = (name: string, test: (a: List, b: List) => boolean): Environment =>
    env.registerFunction(`SetsNamespace.${name}(list, list): bool`, (_: Sets, a: List, b: List) => test(a, b));
  define('contains', contains);
  define('equivalent', (a, b) => contains(a, b) && contains(b, a));
  define('intersects', (a, b) => a.some((item) => has(b, item)));
}
