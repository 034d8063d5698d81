/**
 * The part of kubectl's JSONPath that printer columns use: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[*]`, `..a`, and
 * filters such as `[?(@.type=="Ready")]`.
 */
type Step = (value: unknown) => unknown[];

const token =
  /\.\.([\w-]+)|\.([\w\\.-]*?[\w-]+|\*)(?=[.[]|$)|\[\*\]|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|\[\?\(@\.?([^)]*?)\s*(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^)\s]+)\)\]|\[\?\(@\.([^)]*)\)\]/y;

const compiled = new Map<string, Step[]>();

/** All values at `path` in `root`, in order. A path that cannot be read finds nothing. */
export function jsonPath(root: unknown, path: string): unknown[] {
  let steps = compiled.get(path);
  if (!steps) {
    steps = compilePath(path);
    compiled.set(path, steps);
  }
  return steps.reduce<unknown[]>((values, step) => values.flatMap(step), [root]);
}

function compilePath(path: string): Step[] {
  const text = path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  const source = /^[.[]/.test(text) ? text : `.${text}`;
  const steps: Step[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (!match) return [() => []];
    steps.push(stepOf(match));
  }
  return steps;
}

function stepOf(match: RegExpExecArray): Step {
  const [, deep, name, index, single, double, left, operator, right, present] = match;
  if (deep !== undefined) return (value) => descendants(value, deep);
  if (name !== undefined && name !== '*') return (value) => member(value, name.replaceAll('\\.', '.'));
  if (index !== undefined) return (value) => element(value, Number(index));
  if (single !== undefined || double !== undefined) return (value) => member(value, single ?? double ?? '');
  if (left !== undefined && operator && right !== undefined) return filter(left, operator, right);
  if (present !== undefined) return (value) => children(value).filter((item) => jsonPath(item, present).length > 0);
  return children;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, key: string): unknown[] =>
  isRecord(value) && Object.hasOwn(value, key) && value[key] !== undefined ? [value[key]] : [];

const element = (value: unknown, index: number): unknown[] => {
  const item = Array.isArray(value) ? value.at(index) : undefined;
  return item === undefined ? [] : [item];
};

const children = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];

const descendants = (value: unknown, key: string): unknown[] => [
  ...member(value, key),
  ...children(value).flatMap((child) => descendants(child, key)),
];

const comparisons: Record<string, (a: string | number, b: string | number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

function filter(left: string, operator: string, right: string): Step {
  const isText = /^["']/.test(right);
  const wanted = isText ? right.slice(1, -1) : right;
  const compare = comparisons[operator] ?? (() => false);
  return (value) =>
    children(value).filter((item) => {
      const [found] = left === '' ? [item] : jsonPath(item, left);
      if (found === undefined || found === null) return false;
      return typeof found === 'number' && !isText ? compare(found, Number(wanted)) : compare(String(found), wanted);
    });
}
