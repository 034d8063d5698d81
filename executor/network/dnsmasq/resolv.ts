import { readFile } from 'node:fs/promises';

/** What the host itself asks for names. Source: resolv.conf(5) */
export interface Resolver {
  readonly servers: readonly string[];
  /** All of them, in order. */
  readonly searchDomains: readonly string[];
}

const DOMAIN = /^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/;

/** Of several `search` or `domain` lines the last counts, as for the C library; of name servers all do. */
export function parseResolver(text: string): Resolver {
  const servers: string[] = [];
  let searchDomains: string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    if (word === 'search' || word === 'domain') searchDomains = values;
  }
  const names = searchDomains.map((name) => name.replace(/\.$/, '')).filter((name) => DOMAIN.test(name));
  return { servers, searchDomains: names };
}

export const hostResolver = async (): Promise<Resolver> =>
  parseResolver(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
