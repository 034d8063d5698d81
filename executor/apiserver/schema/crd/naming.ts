import type { FieldError } from '../../types.ts';
import { invalid, required } from '../field-error.ts';
import { isObject, type JsonObject } from '../json.ts';
import { dns1035Label, dns1123Subdomain } from '../names.ts';

/** Errors of what the resource is called. */
export function checkNames(crd: JsonObject, spec: JsonObject): FieldError[] {
  const names = isObject(spec['names']) ? spec['names'] : {};
  const name = isObject(crd['metadata']) ? crd['metadata']['name'] : undefined;
  const errors = checkGroup(text(spec['group']));
  const wanted = `${text(names['plural'])}.${text(spec['group'])}`;
  if (name !== wanted) errors.unshift(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  return [...errors, ...missing(names), ...malformed(names)];
}

function checkGroup(group: string): FieldError[] {
  const field = 'spec.group';
  if (group === '') return [required(field)];
  const complaints = dns1123Subdomain(group);
  if (complaints.length > 0) return [invalid(field, group, complaints.join(','))];
  return group.includes('.') ? [] : [invalid(field, group, 'should be a domain with at least one dot')];
}

function missing(names: JsonObject): FieldError[] {
  return ['plural', 'kind'].filter((part) => text(names[part]) === '').map((part) => required(`spec.names.${part}`));
}

function malformed(names: JsonObject): FieldError[] {
  const { plural, singular, kind, listKind, shortNames, categories } = names;
  const errors = [
    ...label('plural', plural),
    ...label('singular', singular),
    ...mixedCase('kind', kind),
    ...mixedCase('listKind', listKind),
    ...list(shortNames).flatMap((name, i) => label(`shortNames[${i}]`, name)),
    ...list(categories).flatMap((name, i) => label(`categories[${i}]`, name)),
  ];
  if (kind !== undefined && kind === listKind) {
    errors.push(invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}

function label(part: string, name: unknown): FieldError[] {
  const complaints = text(name) === '' ? [] : dns1035Label(text(name));
  return complaints.length === 0 ? [] : [invalid(`spec.names.${part}`, name, complaints.join(','))];
}

function mixedCase(part: string, name: unknown): FieldError[] {
  const complaints = text(name) === '' ? [] : dns1035Label(text(name).toLowerCase());
  const detail = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
  return complaints.length === 0 ? [] : [invalid(`spec.names.${part}`, name, detail)];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
