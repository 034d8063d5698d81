import type { FieldError, JsonSchema } from '../types.ts';
import { applyDefaults } from './default.ts';
import type { JsonObject } from './json.ts';
import { prune } from './prune.ts';
import { validateObject } from './validate-object.ts';

export { checkCrd } from './crd/check.ts';
export { resourcesOf } from './crd/resources.ts';

export interface CompiledSchema {
  /** Writes defaults, in place; nulls that are not allowed become the default or go. */
  default(object: object): void;
  /** Removes unknown fields, in place; answers their paths (`spec.foo`), sorted, for strict field validation. */
  prune(object: object): string[];
  /**
   * Every error of `object`; `old` is what an update replaces, for transition rules.
   * @param known errors found elsewhere (in the metadata), which come first and may keep the rules from being checked
   */
  validate(object: object, old?: object, known?: readonly FieldError[]): FieldError[];
}

/** Ways to default, prune and validate objects of one structural schema; nothing is prepared before it is used. */
export function compile(schema: JsonSchema): CompiledSchema {
  return {
    default: (object) => applyDefaults(object, schema),
    prune: (object) => prune(object as JsonObject, schema),
    validate: (object, old, known) =>
      validateObject(object as JsonObject, old as JsonObject | undefined, schema, known),
  };
}
