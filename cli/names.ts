import { usage } from './errors.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const RULE =
  'lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit, at most 253 of them';
const LABEL_RULE =
  'lower-case letters, digits and "-", beginning and ending with a letter or digit, at most 63 of them';

/** Text for an error: control characters and ends of line made visible, long ones cut. */
export function quoted(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown).replace(
    /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The name, if it is an RFC 1123 subdomain as the API asks of an object. @throws Failure (usage) */
export function objectName(text: string, what = 'name'): string {
  if (text.length <= 253 && SUBDOMAIN.test(text)) return text;
  throw usage(`${quoted(text)} is not a ${what} that Kubernetes allows`, `a ${what} is made of ${RULE}`);
}

/** The namespace, if it is an RFC 1123 label. @throws Failure (usage) */
export function namespaceName(text: string): string {
  if (text.length <= 63 && LABEL.test(text)) return text;
  throw usage(`${quoted(text)} is not a namespace that Kubernetes allows`, `a namespace is made of ${LABEL_RULE}`);
}

/** Name of a machine, which may be written `vm/web` where only a machine can be meant. @throws Failure (usage) */
export const machineName = (text: string): string => objectName(text.replace(/^(vm|virtualmachines?)\//, ''));
