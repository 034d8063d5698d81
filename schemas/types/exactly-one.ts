import type * as z from 'zod';
import { withRule } from './rule.ts';

type Shape = Record<string, z.ZodType>;

const present = (value: Record<string, unknown>, members: readonly string[]): number =>
  members.filter((member) => value[member] !== undefined).length;

/** Words of CEL that cannot name a field: Kubernetes has rules write them `__word__`. */
const RESERVED =
  /^(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return)$/;

const named = (member: string): string => (RESERVED.test(member) ? `__${member}__` : member);

const presence = (members: readonly string[]): string => `[${members.map((m) => `has(self.${named(m)})`).join(', ')}]`;

/**
 * A union in the Kubernetes way: one optional member per variant, exactly one of them set.
 *
 * `members` must name optional keys of `schema`. The message is ours because `oneOf` answers a person with "must validate one
 * and only one schema (oneOf)".
 */
export function exactlyOneOf<S extends z.ZodObject<Shape>>(
  schema: S,
  members: readonly (keyof S['shape'] & string)[],
): S {
  const rule = `${presence(members)}.filter(set, set).size() == 1`;
  const message = `exactly one of ${members.join(', ')} must be set`;
  return withRule(schema, { rule, message }, (value) => present(value as Record<string, unknown>, members) === 1);
}

/** As `exactlyOneOf`, for unions that may also be left out altogether. */
export function atMostOneOf<S extends z.ZodObject<Shape>>(
  schema: S,
  members: readonly (keyof S['shape'] & string)[],
): S {
  const rule = `${presence(members)}.filter(set, set).size() <= 1`;
  const message = `at most one of ${members.join(', ')} can be set`;
  return withRule(schema, { rule, message }, (value) => present(value as Record<string, unknown>, members) <= 1);
}
