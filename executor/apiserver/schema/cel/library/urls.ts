import type { Environment } from '@marcbachmann/cel-js';

/** A URL as it was written: JavaScript's URL leaves out a scheme's own port and adds a path. */
class Url {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(text: string) {
    const [, scheme = '', host = '', path = '', query = ''] = PARTS.exec(text) ?? [];
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = new URLSearchParams(query);
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  }

  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? '';
  }
}

/** Scheme, host without user, path, query. */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/(?:[^@/?#]*@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?/;

/** Absolute, or absolute in its path, as Go's ParseRequestURI wants it. */
function parse(text: string): Url | undefined {
  const whole = text.startsWith('/') ? `http://host${text}` : text;
  return URL.canParse(whole) ? new Url(text) : undefined;
}

function url(text: string): Url {
  const parsed = parse(text);
  if (!parsed)
    throw new Error(`URL parse error during conversion from string: parse "${text}": invalid URI for request`);
  return parsed;
}

function queryOf({ query }: Url): Map<string, string[]> {
  return new Map([...new Set(query.keys())].map((key) => [key, query.getAll(key)]));
}

/** Kubernetes' URL library. */
export function registerUrls(env: Environment): void {
  env.registerType('URL', Url);
  env.registerFunction('url(string): URL', url);
  env.registerFunction('isURL(string): bool', (text: string) => parse(text) !== undefined);
  env.registerFunction('URL.getScheme(): string', ({ scheme }: Url) => scheme);
  env.registerFunction('URL.getHost(): string', ({ host }: Url) => host);
  env.registerFunction('URL.getHostname(): string', ({ hostname }: Url) => hostname);
  env.registerFunction('URL.getPort(): string', ({ port }: Url) => port);
  env.registerFunction('URL.getEscapedPath(): string', ({ path }: Url) => path);
  env.registerFunction('URL.getQuery(): map<string, list<string>>', queryOf);
}
