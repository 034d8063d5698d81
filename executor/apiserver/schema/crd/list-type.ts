import type { FieldError, JsonSchema } from '../../types.ts';
import { forbidden, invalid, notSupported, required } from '../field-error.ts';

const TYPES = ['atomic', 'set', 'map'];

/** Errors of `x-kubernetes-list-type` and `-list-map-keys`. */
export function checkListType(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  const { 'x-kubernetes-list-map-keys': keys = [] } = schema;
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-type`;
  if (type !== undefined && schema.type !== 'array') {
    const detail = 'must be array if x-kubernetes-list-type is specified';
    errors.push(schema.type ? invalid(`${path}.type`, schema.type, detail) : required(`${path}.type`, detail));
  } else if (type === 'set' && schema.items) errors.push(...checkSetItems(schema.items, `${path}.items`));
  if (type !== undefined && !TYPES.includes(type)) errors.push(notSupported(at, type, TYPES));
  if (keys.length > 0 && type !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(type === undefined ? required(at, detail) : invalid(at, type, detail));
  }
  if (type === 'map') errors.push(...checkMap(schema, keys, path));
  if ((type === 'map' || type === 'set') && schema.items?.nullable) {
    errors.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`));
  }
  return type === 'map' ? [...errors, ...checkKeysPresent(schema.items, keys, path)] : errors;
}

function checkSetItems(items: JsonSchema, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(`${path}.x-kubernetes-list-type`, listType, detail)];
  }
  const isGranular = items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic';
  return isGranular ? [invalid(`${path}.x-kubernetes-map-type`, null, detail)] : [];
}

function checkMap({ items }: JsonSchema, keys: string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) return [...errors, required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(`${path}.items.type`, items.type ?? '', detail)];
  }
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (!property) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, detail));
    }
    if (keys.indexOf(key) < i) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

/** An item without one of its keys could not be told from others. */
function checkKeysPresent(items: JsonSchema | undefined, keys: string[], path: string): FieldError[] {
  return keys.flatMap((key) => {
    const property = items?.properties?.[key];
    if (!property) return [];
    const at = `${path}.items.properties[${key}]`;
    const why = 'this property is in x-kubernetes-list-map-keys, so it';
    const errors: FieldError[] = [];
    if (!items?.required?.includes(key) && property.default === undefined) {
      errors.push(required(`${at}.default`, `${why} must have a default or be a required property`));
    }
    if (property.nullable) errors.push(forbidden(`${at}.nullable`, `${why} cannot be nullable`));
    return errors;
  });
}
