import type { FieldError, JsonSchema, ValidationRule } from '../../types.ts';
import { compileProblem, messageProblem } from '../cel/check.ts';
import { invalid } from '../field-error.ts';

/** Compiles every rule of the schema, as admission does. */
export function checkRules(schema: JsonSchema, path: string): FieldError[] {
  return walk(schema, path, { isRoot: true });
}

interface Position {
  isRoot: boolean;
  /** The outermost list above whose items have no past. */
  uncorrelatable?: string;
}

function walk(schema: JsonSchema, path: string, position: Position): FieldError[] {
  const { items, properties = {}, additionalProperties: rest } = schema;
  const { uncorrelatable } = position;
  const inherited = uncorrelatable === undefined ? {} : { uncorrelatable };
  const errors: FieldError[] = [];
  if (typeof rest === 'object')
    errors.push(...walk(rest, `${path}.additionalProperties`, { ...inherited, isRoot: isEmbedded(rest) }));
  for (const [key, property] of Object.entries(properties)) {
    errors.push(...walk(property, `${path}.properties[${key}]`, { ...inherited, isRoot: isEmbedded(property) }));
  }
  if (items) {
    const lost = schema['x-kubernetes-list-type'] === 'map' ? inherited : { uncorrelatable: uncorrelatable ?? path };
    errors.push(...walk(items, `${path}.items`, { ...lost, isRoot: isEmbedded(items) }));
  }
  return [...errors, ...checkOwn(schema, path, position)];
}

function checkOwn(schema: JsonSchema, path: string, position: Position): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap((rule, i) => checkRule(rule, schema, `${path}.x-kubernetes-validations[${i}]`, position));
}

function checkRule(
  rule: ValidationRule,
  schema: JsonSchema,
  path: string,
  { isRoot, uncorrelatable }: Position,
): FieldError[] {
  const errors: FieldError[] = [];
  const { problem, usesOldSelf } = compileProblem(rule, schema, isRoot);
  if (problem !== undefined) errors.push(invalid(`${path}.rule`, printRule(rule), problem));
  const inMessage = messageProblem(rule, schema, isRoot);
  if (inMessage !== undefined) errors.push(invalid(`${path}.messageExpression`, printRule(rule), inMessage));
  if (usesOldSelf && uncorrelatable !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(invalid(`${path}.rule`, rule.rule, detail));
  }
  if (problem === undefined && !usesOldSelf && rule.optionalOldSelf !== undefined) {
    errors.push(
      invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
    );
  }
  return errors;
}

/** The server prints the rule as its own struct. */
function printRule({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule): object {
  return {
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}

function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}
