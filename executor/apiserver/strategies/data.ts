import { isDeepStrictEqual } from 'node:util';
import type { FieldError, KubeObject } from '../types.ts';
import type { Strategy } from './strategy.ts';

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

/** Go leaves empty maps out. */
function dropEmpty(object: KubeObject): void {
  for (const field of ['data', 'binaryData']) {
    if (object[field] && Object.keys(object[field]).length === 0) delete object[field];
  }
}

/** What a type of secret must hold; one of them is enough for basic-auth. Source: `ValidateSecret`. */
const required: Record<string, readonly string[]> = {
  'kubernetes.io/basic-auth': ['username', 'password'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function missingErrors({ type, data = {} }: KubeObject): FieldError[] {
  const keys = required[String(type)] ?? [];
  const missing = keys.filter((key) => !(key in (data as object)));
  if (type === 'kubernetes.io/basic-auth' && missing.length < keys.length) return [];
  return missing.map((key) => ({ reason: 'FieldValueRequired', field: `data[${key}]`, message: 'Required value' }));
}

const twiceErrors = ({ data = {}, binaryData = {} }: KubeObject): FieldError[] =>
  Object.keys(data as object)
    .filter((key) => key in (binaryData as object))
    .map((key) => ({
      reason: 'FieldValueInvalid',
      field: `data[${key}]`,
      message: `Invalid value: ${JSON.stringify(key)}: duplicate of key present in binaryData`,
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
    dropEmpty(object);
    object['type'] ||= 'Opaque';
  },
  prepareUpdate(next, live) {
    foldStringData(next);
    dropEmpty(next);
    next['type'] ||= live['type'];
  },
  validate: (object, live) => [
    ...keyErrors(object, 'data'),
    ...missingErrors(object),
    ...typeErrors(object, live),
    ...immutableErrors(['data'], object, live),
  ],
};

export const configMapStrategy: Strategy = {
  prepareCreate: dropEmpty,
  prepareUpdate: dropEmpty,
  validate: (object, live) => [
    ...keyErrors(object, 'data'),
    ...twiceErrors(object),
    ...keyErrors(object, 'binaryData'),
    ...immutableErrors(['data', 'binaryData'], object, live),
  ],
};
