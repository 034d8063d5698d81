import type { ParseResult } from '@marcbachmann/cel-js';
import type { JsonSchema, ValidationRule } from '../../types.ts';
import { mentions } from './ast.ts';
import { environmentFor } from './environment.ts';
import { withPatterns } from './patterns.ts';

/** A rule, ready to run. */
export interface Program {
  rule: ValidationRule;
  test: ParseResult;
  message: ParseResult | undefined;
  /** A transition rule, which runs only where there is an old value to compare with. */
  usesOldSelf: boolean;
}

const compiled = new WeakMap<ValidationRule, Program>();

/** Compiles a rule when it is first needed. Throws what makes it impossible; admission of the CRD has checked that. */
export function programOf(rule: ValidationRule, schema: JsonSchema): Program {
  let program = compiled.get(rule);
  if (!program) {
    program = compile(rule, schema);
    compiled.set(rule, program);
  }
  return program;
}

export function compile(rule: ValidationRule, schema: JsonSchema): Program {
  const environment = environmentFor(schema, rule.optionalOldSelf === true);
  const test = withPatterns(environment.parse(rule.rule));
  const message =
    rule.messageExpression === undefined ? undefined : withPatterns(environment.parse(rule.messageExpression));
  return { rule, test, message, usesOldSelf: mentions(test.ast, 'oldSelf') };
}
