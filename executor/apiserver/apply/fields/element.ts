import { canonical, isObject } from '../../schema/json.ts';

/**
 * A step of a field path, as FieldsV1 writes it: `f:name` a member, `k:{"name":"root"}` an item by its keys,
 * `v:"x"` an item by its value, `i:0` an item by its place. Equal steps are equal strings.
 */
export type Element = string;

export const fieldElement = (name: string): Element => `f:${name}`;
export const keyElement = (keys: object): Element => `k:${canonical(keys)}`;
export const valueElement = (value: unknown): Element => `v:${canonical(value)}`;

/** Name of the member that an element selects, if it selects one. */
export function fieldName(element: Element): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** An element with its JSON in the one order that makes equal ones equal. Throws SyntaxError for bad JSON. */
export function normalise(element: Element): Element {
  const prefix = element.slice(0, 2);
  return prefix === 'k:' || prefix === 'v:' ? prefix + canonical(JSON.parse(element.slice(2))) : element;
}

/** As structured-merge-diff prints it: `.spec`, `[name="root"]`, `[="x"]`, `[0]`. */
export function printElement(element: Element): string {
  const rest = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'f:':
      return `.${rest}`;
    case 'k:':
      return `[${printKeys(JSON.parse(rest))}]`;
    case 'v:':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

function printKeys(keys: unknown): string {
  if (!isObject(keys)) return '';
  return Object.entries(keys)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
