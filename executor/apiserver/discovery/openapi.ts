import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersionOf } from '../codec.ts';
import { parseAccept } from '../http/negotiate.ts';
import { send } from '../http/respond.ts';
import { encodeV2, openapiV2, openapiV3, openapiV3Index, V2_PROTOBUF, V2_PROTOBUF_ANSWER } from '../openapi/index.ts';
import type { Registry } from '../registry.ts';
import { noSuchPath, notAcceptable } from '../status-error.ts';

interface GroupVersion {
  group: string;
  version: string;
}

const jsonTypes = ['application/json', 'application/*', '*/*'];

/**
 * Answers `/openapi/v2` and `/openapi/v3…`. The documents are large and seldom asked for, since clients keep them by
 * their hash: they are made when asked for, and only the hashes are kept.
 */
export class OpenApi {
  readonly #registry: Registry;
  #hashes: { generation: number; byGroupVersion: Map<string, string> } | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async serve(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    const accept = parseAccept(req.headers.accept).map(({ type }) => type);
    const json = accept.length === 0 || accept.some((type) => jsonTypes.includes(type));
    const protobuf = !json && path === '/openapi/v2' && accept.includes(V2_PROTOBUF);
    if (!json && !protobuf) throw notAcceptable(['application/json']);
    const document = this.#document(path.replace(/\/$/, ''));
    const body = protobuf ? encodeV2(document) : JSON.stringify(document);
    const etag = `"${digest(body)}"`;
    if (req.headers['if-none-match'] === etag) {
      res.writeHead(304, { etag }).end();
      return;
    }
    // What is asked for by its hash never changes.
    const hashed = new URL(req.url ?? '', 'http://api').searchParams.has('hash');
    const cache = hashed ? 'public, immutable' : 'no-cache, private';
    await send(req, res, {
      code: 200,
      body,
      headers: {
        etag,
        'cache-control': cache,
        vary: 'Accept',
        ...(protobuf && { 'content-type': V2_PROTOBUF_ANSWER }),
      },
    });
  }

  #document(path: string): object {
    const resources = this.#registry.all();
    if (path === '/openapi/v2') return openapiV2(resources);
    if (path === '/openapi/v3') {
      const hashes = this.#hashesNow();
      return openapiV3Index(this.#groupVersions(), (groupVersion) => hashes.get(apiVersionOf(groupVersion)) ?? '');
    }
    const match = /^\/openapi\/v3\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))$/.exec(path);
    const [group, version] = match?.[1] ? ['', 'v1'] : [match?.[2] ?? '', match?.[3] ?? ''];
    if (!match || !this.#groupVersions().some((gv) => gv.group === group && gv.version === version)) throw noSuchPath();
    return openapiV3(group, version, resources);
  }

  #groupVersions(): GroupVersion[] {
    return [
      ...new Map(this.#registry.all().map((r) => [apiVersionOf(r), { group: r.group, version: r.version }])).values(),
    ];
  }

  #hashesNow(): Map<string, string> {
    const { generation } = this.#registry;
    if (this.#hashes?.generation !== generation) {
      this.#hashes = {
        generation,
        byGroupVersion: new Map(
          this.#groupVersions()
            .map(apiVersionOf)
            .map((gv) => [gv, this.#hash(gv)]),
        ),
      };
    }
    return this.#hashes.byGroupVersion;
  }

  /** The schemas' revisions stand for the document, which would be large to make for a hash alone. */
  #hash(groupVersion: string): string {
    const resources = this.#registry.all().filter((r) => apiVersionOf(r) === groupVersion);
    return digest(JSON.stringify(resources.map(({ schema: _, compiled: __, ...rest }) => rest)));
  }
}

const digest = (text: string | Buffer): string => createHash('sha512').update(text).digest('hex').toUpperCase();
