import { isObject } from '../../schema/json.ts';
import { normalise } from './element.ts';
import { emptySet, type FieldSet, isEmpty } from './set.ts';

const SELF = '.';

/** Reads FieldsV1: an object a node, `.` a node with children that is a member itself, `{}` a member. */
export function decodeFields(fields: Record<string, unknown>): FieldSet {
  const set = emptySet();
  for (const [key, value] of Object.entries(fields)) {
    if (key === SELF) set.member = true;
    else set.children.set(normalise(key), decodeNode(value));
  }
  return set;
}

function decodeNode(value: unknown): FieldSet {
  if (!isObject(value)) throw new SyntaxError('a node of FieldsV1 is not an object');
  return Object.keys(value).length === 0 ? { member: true, children: new Map() } : decodeFields(value);
}

export function encodeFields(set: FieldSet): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (set.member && set.children.size > 0) fields[SELF] = {};
  for (const element of [...set.children.keys()].sort()) {
    const child = set.children.get(element);
    if (child && !isEmpty(child)) fields[element] = encodeFields(child);
  }
  return fields;
}
