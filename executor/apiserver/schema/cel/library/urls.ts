import type { Environment } from '@marcbachmann/cel-js';

class Url {
  readonly url: URL;
  readonly relative: boolean;

  constructor(url: URL, relative: boolean) {
    this.url = url;
    this.relative = relative;
  }
}

const BASE = 'http://relative';

/** Absolute, or absolute in its path, as Go's ParseRequestURI wants it. */
function parse(text: string): Url | undefined {
  if (text.startsWith('/')) return URL.canParse(text, BASE) ? new Url(new URL(text, BASE), true) : undefined;
  return URL.canParse(text) ? new Url(new URL(text), false) : undefined;
}

function url(text: string): Url {
  const parsed = parse(text);
  if (!parsed)
    throw new Error(`URL parse error during conversion from string: parse "${text}": invalid URI for request`);
  return parsed;
}

function query({ url: { searchParams } }: Url): Map<string, string[]> {
  return new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
}

/** Kubernetes' URL library. */
export function registerUrls(env: Environment): void {
  const absolute = (part: (of: URL) => string) => (from: Url) => (from.relative ? '' : part(from.url));
  env.registerType('URL', Url);
  env.registerFunction('url(string): URL', url);
  env.registerFunction('isURL(string): bool', (text: string) => parse(text) !== undefined);
  env.registerFunction(
    'URL.getScheme(): string',
    absolute(({ protocol }) => protocol.replace(/:$/, '')),
  );
  env.registerFunction(
    'URL.getHost(): string',
    absolute(({ host }) => host),
  );
  env.registerFunction(
    'URL.getHostname(): string',
    absolute(({ hostname }) => hostname.replace(/^\[|\]$/g, '')),
  );
  env.registerFunction(
    'URL.getPort(): string',
    absolute(({ port }) => port),
  );
  env.registerFunction('URL.getEscapedPath(): string', ({ url: { pathname } }: Url) => pathname);
  env.registerFunction('URL.getQuery(): map<string, list<string>>', query);
}
