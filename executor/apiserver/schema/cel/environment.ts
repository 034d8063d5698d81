import { Environment } from '@marcbachmann/cel-js';
import type { JsonSchema } from '../../types.ts';
import { registerFormats } from './library/formats.ts';
import { registerLists } from './library/lists.ts';
import { registerNetwork } from './library/network.ts';
import { registerOptionals } from './library/optionals.ts';
import { registerQuantity } from './library/quantity.ts';
import { registerSets } from './library/sets.ts';
import { registerStrings } from './library/strings.ts';
import { registerUrls } from './library/urls.ts';

let base: Environment | undefined;

/** CEL with the libraries that the API server gives to validation rules. */
function baseEnvironment(): Environment {
  if (!base) {
    base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    for (const register of [
      registerStrings,
      registerLists,
      registerSets,
      registerQuantity,
      registerNetwork,
      registerUrls,
      registerFormats,
      registerOptionals,
    ]) {
      register(base);
    }
  }
  return base;
}

const environments = new Map<string, Environment>();

/** Environment of a rule on a value of this schema; `oldSelf` is optional where the rule says so. */
export function environmentFor(schema: JsonSchema, optionalOldSelf: boolean): Environment {
  const type = celType(schema);
  const key = `${type} ${optionalOldSelf}`;
  let environment = environments.get(key);
  if (!environment) {
    environment = baseEnvironment()
      .clone()
      .registerVariable('self', type)
      .registerVariable('oldSelf', optionalOldSelf ? 'optional<dyn>' : type);
    environments.set(key, environment);
  }
  return environment;
}

const SCALARS: Record<string, string> = { boolean: 'bool', integer: 'int', number: 'double', string: 'string' };
const FORMATS: Record<string, string> = {
  'date-time': 'google.protobuf.Timestamp',
  datetime: 'google.protobuf.Timestamp',
  date: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  byte: 'bytes',
};

function celType(schema: JsonSchema): string {
  if (schema['x-kubernetes-int-or-string'] || schema.type === undefined || schema.nullable) return 'dyn';
  if (schema.type === 'string' && schema.format !== undefined) return FORMATS[schema.format] ?? 'string';
  return SCALARS[schema.type] ?? 'dyn';
}
