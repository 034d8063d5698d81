import type { FieldError, JsonSchema, ValidationRule } from '../../types.ts';
import { invalid, notSupported, required } from '../field-error.ts';
import { resolvePath } from './field-path.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const BREAKS = /[\n\r]/;

/** What can be said of rules without compiling them. */
export function checkRuleShapes(schema: JsonSchema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
    checkRule(rule, schema, `${path}.x-kubernetes-validations[${i}]`),
  );
}

function checkRule(rule: ValidationRule, schema: JsonSchema, path: string): FieldError[] {
  const { messageExpression, reason } = rule;
  const errors = checkTexts(rule, path);
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  return rule.fieldPath ? [...errors, ...checkFieldPath(rule.fieldPath, schema, `${path}.fieldPath`)] : errors;
}

function checkTexts({ rule, message = '' }: ValidationRule, path: string): FieldError[] {
  if ((rule ?? '').trim() === '') return [required(`${path}.rule`, 'rule is not specified')];
  const at = `${path}.message`;
  const text = message.trim();
  if (message !== '' && text === '') return [invalid(at, message, 'must be non-empty if specified')];
  if (BREAKS.test(text)) return [invalid(at, message, 'must not contain line breaks')];
  if (BREAKS.test(rule.trim()) && text === '')
    return [required(at, 'message must be specified if rule contains line breaks')];
  return [];
}

function checkFieldPath(fieldPath: string, schema: JsonSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (fieldPath.trim() === '') errors.push(invalid(at, fieldPath, 'must be non-empty if specified'));
  if (BREAKS.test(fieldPath)) errors.push(invalid(at, fieldPath, 'must not contain line breaks'));
  const found = resolvePath(fieldPath, schema, { brackets: true });
  return typeof found === 'string' ? [...errors, invalid(at, fieldPath, 'must be a valid path')] : errors;
}
