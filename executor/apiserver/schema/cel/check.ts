import type { ParseResult } from '@marcbachmann/cel-js';
import type { JsonSchema, ValidationRule } from '../../types.ts';
import { mentions, type Node } from './ast.ts';
import { environmentFor } from './environment.ts';
import { errorText } from './error-text.ts';
import { inferTypes } from './fields.ts';
import { noOverload, type Problem, positionOf } from './operators.ts';

/** What keeps a rule from being compiled, as admission words it; and whether it looks at the old value. */
export function compileProblem(
  rule: ValidationRule,
  schema: JsonSchema,
  isRoot: boolean,
): { problem?: string; usesOldSelf: boolean } {
  const { problem, type, parsed } = inspect(rule.rule, rule, schema, isRoot);
  const usesOldSelf = parsed !== undefined && mentions(parsed.ast, 'oldSelf');
  if (problem) return { problem: `compilation failed: ${print(rule.rule, problem)}`, usesOldSelf };
  if (type !== 'bool' && type !== 'dyn') return { problem: 'cel expression must evaluate to a bool', usesOldSelf };
  return { usesOldSelf };
}

/** What keeps a message expression from being compiled, if there is one. */
export function messageProblem(rule: ValidationRule, schema: JsonSchema, isRoot: boolean): string | undefined {
  const { messageExpression } = rule;
  if (!messageExpression) return undefined;
  const { problem, type } = inspect(messageExpression, rule, schema, isRoot);
  if (problem) return `messageExpression compilation failed: ${print(messageExpression, problem)}`;
  return type === 'string' || type === 'dyn' ? undefined : 'messageExpression must evaluate to a string';
}

interface Inspection {
  problem?: Problem;
  type?: string;
  parsed?: ParseResult;
}

function inspect(source: string, rule: ValidationRule, schema: JsonSchema, isRoot: boolean): Inspection {
  try {
    const parsed = environmentFor(schema, rule.optionalOldSelf === true).parse(source);
    const inferred = inferTypes(parsed.ast, schema, isRoot, rule.optionalOldSelf === true);
    if (inferred.problem) return { problem: inferred.problem, parsed };
    const { valid, type, error } = parsed.check();
    return valid && type !== undefined
      ? { type: type === 'dyn' ? (inferred.type ?? type) : type, parsed }
      : { problem: problemOf(error), parsed };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

const BINARY = /^no such overload: (\S+) (\S+) (\S+)$/;

function problemOf(error: unknown): Problem {
  const { node, range } = error as { node?: Node; range?: { start: number } };
  const text = errorText(error);
  const [, left, operator, right] = BINARY.exec(text) ?? [];
  if (node && left && operator && right) return { at: positionOf(node), text: noOverload(operator, left, right) };
  return { at: range?.start ?? 0, text };
}

/** cel-go's layout of an error: the line, and a caret under the place. */
function print(source: string, { at, text }: Problem): string {
  const before = source.slice(0, at).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = source.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
