import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { type GetOptions, get, readBounded } from '../download/index.ts';
import { basic, type Challenge, type Credentials, parseChallenge } from './auth.ts';
import { RegistryError } from './errors.ts';
import type { Reference } from './reference.ts';

export interface RegistryOptions {
  readonly reference: Reference;
  /** Plain http. */
  readonly insecure?: boolean | undefined;
  readonly credentials?: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made for each attempt: a stream can be sent once. */
  readonly body?: () => Buffer | Readable;
  /** Status codes that are an answer and no error. */
  readonly accepts?: readonly number[];
}

const MAX_SAID_BYTES = 64 * 1024;
const SHOWN = 300;

/** One repository of a registry (the OCI distribution specification), and who we are there. */
export class Registry {
  readonly reference: Reference;
  readonly #options: RegistryOptions;
  #authorization: string | undefined;

  constructor(options: RegistryOptions) {
    this.reference = options.reference;
    this.#options = options;
  }

  /** `/v2/<repository>/<path>` as a URL. */
  url(path: string): string {
    const { host, repository } = this.reference;
    return `${this.#options.insecure ? 'http' : 'https'}://${host}/v2/${repository}/${path}`;
  }

  /** Headers for who fetches a blob by himself, once `call` has been let in. */
  get headers(): Readonly<Record<string, string>> {
    return this.#authorization === undefined ? {} : { authorization: this.#authorization };
  }

  /** One call; proves who we are when asked. @throws RegistryError, DownloadFailedError */
  async call(url: string, call: Call = {}): Promise<IncomingMessage> {
    const response = await this.#send(url, call);
    if (response.statusCode !== 401) return this.#judge(url, call, response);
    const challenge = parseChallenge(response.headers['www-authenticate']);
    response.resume();
    this.#authorization = await this.#prove(challenge);
    return this.#judge(url, call, await this.#send(url, call));
  }

  #send(url: string, { method = 'GET', headers = {}, body }: Call): Promise<IncomingMessage> {
    const { signal } = this.#options;
    // A registry may take uploads elsewhere: who we are is for itself alone.
    const own = new URL(url).origin === new URL(this.url('')).origin;
    const sent = { ...headers, ...(own && this.headers) };
    const options: GetOptions = { method, headers: sent, body: body?.(), signal };
    return get(url, own ? options : { ...options, namedBy: this.url('') });
  }

  async #judge(url: string, { method = 'GET', accepts = [200] }: Call, response: IncomingMessage) {
    const status = response.statusCode ?? 0;
    if (accepts.includes(status)) return response;
    const said = await readBounded(response, url, MAX_SAID_BYTES).catch(() => Buffer.alloc(0));
    const { registry, repository, target } = this.reference;
    const what = `${registry}/${repository}:${target}`;
    if (status === 401 || status === 403) throw new RegistryError('Unauthorized', this.#unauthorized(what, status));
    if (status === 404)
      throw new RegistryError(
        'ReferenceNotFound',
        `${what} is not in the registry (${words(said)}): correct the reference, or push it`,
      );
    throw new RegistryError(
      'RegistryFailed',
      `the registry ${registry} answered ${method} ${new URL(url).pathname} with HTTP ${status}: ${words(said)}`,
    );
  }

  #unauthorized(what: string, status: number): string {
    const next = this.#options.credentials
      ? 'correct the Secret, or ask for the right'
      : 'name a Secret with secretRef';
    return `the registry does not let us to ${what} (HTTP ${status}): ${next}`;
  }

  /** @returns the header to send from now on */
  async #prove(challenge: Challenge | undefined): Promise<string | undefined> {
    const { credentials } = this.#options;
    if (credentials && 'token' in credentials) return `Bearer ${credentials.token}`;
    if (challenge?.scheme === 'bearer') return `Bearer ${await this.#fetchToken(challenge)}`;
    return credentials && basic(credentials);
  }

  async #fetchToken({ parameters }: Challenge): Promise<string> {
    const { credentials, signal, insecure } = this.#options;
    const realm = parameters.get('realm') ?? '';
    const url = URL.parse(realm);
    if (!url || !(url.protocol === 'https:' || (insecure && url.protocol === 'http:'))) {
      throw new RegistryError(
        'Unauthorized',
        `the registry sends us to ${JSON.stringify(realm)} for a token, which is not https`,
      );
    }
    for (const name of ['service', 'scope']) {
      const value = parameters.get(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = credentials && 'username' in credentials ? { authorization: basic(credentials) } : {};
    const response = await get(url.href, { headers, signal, namedBy: this.url('') });
    const body = await readBounded(response, url.origin, MAX_SAID_BYTES);
    const token = response.statusCode === 200 ? tokenOf(body) : undefined;
    if (token) return token;
    throw new RegistryError(
      'Unauthorized',
      `${url.origin} gives no token (HTTP ${response.statusCode}): ${words(body)}`,
    );
  }
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token, access_token: access } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return [token, access].find((one) => typeof one === 'string');
  } catch {
    return undefined;
  }
}

/** The registry's own words, where it has any: `{"errors":[{"code","message"}]}`. */
function words(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
    const said = errors?.map(({ code, message }) => [code, message].filter(Boolean).join(' ')).join('; ');
    return printable(said || text);
  } catch {
    return printable(text) || 'without a word';
  }
}

const printable = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, SHOWN);
