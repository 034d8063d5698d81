import { badRequest } from '../status-error.ts';

export type Labels = Record<string, string>;

interface Requirement {
  key: string;
  operator: keyof typeof operators;
  values: string[];
}

const operators = {
  in: (value: string | undefined, values: string[]) => value !== undefined && values.includes(value),
  notin: (value: string | undefined, values: string[]) => value === undefined || !values.includes(value),
  exists: (value: string | undefined) => value !== undefined,
  absent: (value: string | undefined) => value === undefined,
  gt: (value: string | undefined, [bound]: string[]) => value !== undefined && Number(value) > Number(bound),
  lt: (value: string | undefined, [bound]: string[]) => value !== undefined && Number(value) < Number(bound),
};

const key = '([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)';
const value = '([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?';

/** The grammar of k8s.io/apimachinery `labels.Parse`, one row a form. */
const forms: { pattern: RegExp; read: (match: RegExpExecArray) => Requirement }[] = [
  { pattern: new RegExp(`^!\\s*${key}$`), read: (m) => ({ key: m[1] ?? '', operator: 'absent', values: [] }) },
  { pattern: new RegExp(`^${key}$`), read: (m) => ({ key: m[1] ?? '', operator: 'exists', values: [] }) },
  {
    pattern: new RegExp(`^${key}\\s*==?\\s*${value}$`),
    read: (m) => ({ key: m[1] ?? '', operator: 'in', values: [m[2] ?? ''] }),
  },
  {
    pattern: new RegExp(`^${key}\\s*!=\\s*${value}$`),
    read: (m) => ({ key: m[1] ?? '', operator: 'notin', values: [m[2] ?? ''] }),
  },
  {
    pattern: new RegExp(`^${key}\\s*>\\s*(-?\\d+)$`),
    read: (m) => ({ key: m[1] ?? '', operator: 'gt', values: [m[2] ?? ''] }),
  },
  {
    pattern: new RegExp(`^${key}\\s*<\\s*(-?\\d+)$`),
    read: (m) => ({ key: m[1] ?? '', operator: 'lt', values: [m[2] ?? ''] }),
  },
  { pattern: new RegExp(`^${key}\\s+(in|notin)\\s*\\(([^()]*)\\)$`), read: readSet },
];

function readSet(match: RegExpExecArray): Requirement {
  const values = (match[3] ?? '').split(',').map((v) => v.trim());
  return { key: match[1] ?? '', operator: match[2] === 'in' ? 'in' : 'notin', values };
}

/**
 * Compiles a label selector such as `app=web,tier in (a, b),!old`.
 * @returns undefined when it selects everything
 * @throws StatusError 400
 */
export function labelSelector(text: string | null): ((labels: Labels | undefined) => boolean) | undefined {
  const terms = (text ?? '').match(/(?:[^,(]|\([^)]*\)?)+/g)?.map((term) => term.trim()) ?? [];
  const requirements = terms.filter((term) => term !== '').map(parseTerm);
  if (requirements.length === 0) return undefined;
  return (labels) => requirements.every((r) => operators[r.operator](labels?.[r.key], r.values));
}

function parseTerm(term: string): Requirement {
  for (const { pattern, read } of forms) {
    const match = pattern.exec(term);
    if (match) return read(match);
  }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(term)} is not a label requirement`);
}
