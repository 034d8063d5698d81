import { Optional } from '@marcbachmann/cel-js';
import type { FieldError, JsonSchema, ValidationRule } from '../../types.ts';
import { duplicate, forbidden, invalid, OMITTED, required } from '../field-error.ts';
import { errorText } from './error-text.ts';
import { type Program, programOf } from './program.ts';

/** Longest message that an expression may make, in bytes (apiserver's `MaxEvaluatedMessageExpressionSizeBytes`). */
const MAX_MESSAGE = 5 * 1024;

export interface Scope {
  self: unknown;
  /** The value as it came, for messages. */
  value: unknown;
  /** undefined where there is no old value to compare with */
  oldSelf: unknown;
  path: string;
  schema: JsonSchema;
  /** Whether the value is as it was: then only transition rules can fail. */
  unchanged(): boolean;
}

/** Runs the rules of one schema on one value. */
export function runRules(rules: readonly ValidationRule[], scope: Scope): FieldError[] {
  return rules.flatMap((rule) => runRule(rule, scope));
}

function runRule(rule: ValidationRule, scope: Scope): FieldError[] {
  const { path, schema } = scope;
  // What goes wrong with the rule itself is reported with the type of the value.
  const type = schema.type ?? '';
  let program: Program;
  try {
    program = programOf(rule, schema);
  } catch (error) {
    return [invalid(path, type, `rule compile error: ${errorText(error)}`)];
  }
  if (program.usesOldSelf && scope.oldSelf === undefined && !rule.optionalOldSelf) return [];
  const variables = { self: scope.self, oldSelf: oldSelf(rule, scope) };
  try {
    if (program.test(variables) === true) return [];
  } catch (error) {
    return [invalid(path, type, `${runtimeText(error)}: ${ruleText(rule)}`)];
  }
  if (!program.usesOldSelf && scope.unchanged()) return [];
  return [failure(rule, scope, messageOf(program, variables))];
}

function oldSelf({ optionalOldSelf }: ValidationRule, { oldSelf: old, self }: Scope): unknown {
  if (!optionalOldSelf) return old ?? self;
  return old === undefined ? Optional.none() : Optional.of(old);
}

function runtimeText(error: unknown): string {
  const text = errorText(error);
  if (!text.startsWith('no such overload')) return `${text} evaluating rule`;
  return `'${text}': call arguments did not match a supported operator, function or macro signature for rule`;
}

function messageOf({ rule, message }: Program, variables: object): string {
  const text = message && evaluate(message, variables);
  return text ?? (rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`);
}

/** What a message expression makes; undefined where it fails or makes nothing fit to print. */
function evaluate(message: NonNullable<Program['message']>, variables: object): string | undefined {
  try {
    const made: unknown = message(variables);
    const text = typeof made === 'string' ? made.trim() : '';
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE ? undefined : text;
  } catch {
    return undefined;
  }
}

function ruleText({ message, rule }: ValidationRule): string {
  return (message || rule).trim();
}

type Reason = NonNullable<ValidationRule['reason']>;

function failure({ reason, fieldPath }: ValidationRule, { path, schema, value }: Scope, detail: string): FieldError {
  const field = fieldPath === undefined ? path : join(path, fieldPath);
  const make = reason && REASONS[reason];
  // Maps and lists would fill the screen.
  const isLarge = schema.type === 'object' || schema.type === 'array';
  const shown = isLarge ? OMITTED : value;
  return make ? make(field, shown, detail) : invalid(field, shown, detail);
}

const REASONS: Partial<Record<Reason, (field: string, value: unknown, detail: string) => FieldError>> = {
  FieldValueForbidden: (field, _, detail) => forbidden(field, detail),
  FieldValueRequired: (field, _, detail) => required(field, detail),
  FieldValueDuplicate: (field, value) => duplicate(field, value),
};

/** A rule's fieldPath starts with a dot, and writes keys as `['key']`, which errors print as `[key]`. */
function join(path: string, fieldPath: string): string {
  const printed = fieldPath.replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_, key: string) => `[${key.replace(/\\(.)/g, '$1')}]`);
  return path === '' ? printed.replace(/^\./, '') : `${path}${printed}`;
}
