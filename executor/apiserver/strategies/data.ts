import { isDeepStrictEqual } from 'node:util';
import type { FieldError, KubeObject } from '../types.ts';
import type { Strategy } from './index.ts';

const immutableError = (field: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: 'Forbidden: field is immutable when `immutable` is set',
});

function immutableErrors(fields: string[], object: KubeObject, live?: KubeObject): FieldError[] {
  if (live?.['immutable'] !== true) return [];
  const changed = fields.filter((field) => !isDeepStrictEqual(object[field], live[field]));
  return [...(object['immutable'] === true ? [] : ['immutable']), ...changed].map(immutableError);
}

const keyPattern = /^[-._a-zA-Z0-9]+$/;
const keySentence = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;

const keyErrors = (object: KubeObject, field: string): FieldError[] =>
  Object.keys((object[field] ?? {}) as object)
    .filter((key) => !keyPattern.test(key) || key === '.' || key === '..' || key.length > 253)
    .map((key) => ({
      reason: 'FieldValueInvalid',
      field: `${field}[${key}]`,
      message: `Invalid value: ${JSON.stringify(key)}: ${keySentence}`,
    }));

/** Writing `stringData` is writing `data` without the base64; it is never stored. */
function foldStringData(object: KubeObject): void {
  const { stringData } = object as { stringData?: Record<string, string> };
  delete object['stringData'];
  if (!stringData) return;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  object['data'] = { ...(object['data'] as object | undefined), ...Object.fromEntries(encoded) };
}

function typeErrors(object: KubeObject, live?: KubeObject): FieldError[] {
  if (!live || object['type'] === live['type']) return [];
  const message = `Invalid value: ${JSON.stringify(object['type'])}: field is immutable`;
  return [{ reason: 'FieldValueInvalid', field: 'type', message }];
}

export const secretStrategy: Strategy = {
  prepareCreate(object) {
    foldStringData(object);
    object['type'] ||= 'Opaque';
  },
  prepareUpdate(next, live) {
    foldStringData(next);
    next['type'] ||= live['type'];
  },
  validate: (object, live) => [
    ...keyErrors(object, 'data'),
    ...typeErrors(object, live),
    ...immutableErrors(['data'], object, live),
  ],
};

export const configMapStrategy: Strategy = {
  validate: (object, live) => [
    ...keyErrors(object, 'data'),
    ...keyErrors(object, 'binaryData'),
    ...immutableErrors(['data', 'binaryData'], object, live),
  ],
};
