import type { IncomingMessage } from 'node:http';
import type { KubeObject, ObjectMeta } from '../types/object.ts';
import { queryString, type ResourceType, resourcePath, type Target } from './paths.ts';
import { ensureOk, readText, type Transport } from './transport.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

/** Query parameters that a call may carry, as the Kubernetes API names them. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: T[];
}

/** Content types of the four kinds of patch. */
export const PATCH = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export type PatchType = keyof typeof PATCH;

export interface PatchOptions {
  readonly type?: PatchType;
  readonly query?: Query;
}

export interface CallOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal;
}

type Draft<T extends KubeObject> = Omit<T, 'metadata'> & { metadata: Partial<ObjectMeta> };

/** A small typed client of a Kubernetes API: what client-node does with 55 MB of generated classes, for the few verbs in use. */
export interface ApiClient {
  readonly transport: Transport;
  /** One call whose answer is JSON. @throws ApiError, ConnectionError */
  call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<T>;
  /** What the server has at a path, of whatever type, as it comes. @throws ApiError, ConnectionError */
  download(path: string): Promise<IncomingMessage>;
  get<T extends KubeObject>(type: ResourceType, target: Target, options?: CallOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType, namespace?: string, options?: CallOptions): Promise<List<T>>;
  create<T extends KubeObject>(type: ResourceType, object: Draft<T>, query?: Query): Promise<T>;
  /** Update with optimistic concurrency: `object.metadata.resourceVersion` must be current. */
  replace<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options?: { subresource?: string; query?: Query },
  ): Promise<T>;
  /** A merge patch where no type is given. */
  patch<T extends KubeObject>(type: ResourceType, target: Target, patch: unknown, options?: PatchOptions): Promise<T>;
  delete(type: ResourceType, target: Target, body?: unknown, query?: Query): Promise<unknown>;
  /** Events from `resourceVersion` on, bookmarks included, until the server ends the stream. @throws ApiError (410 when too old) */
  watch<T extends KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    options: CallOptions,
  ): AsyncIterable<WatchEvent<T>>;
}

const jsonHeaders = (type = 'application/json') => ({ 'content-type': type });

export function createClient(transport: Transport): ApiClient {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<T> {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const send = { ...(body !== undefined && jsonHeaders()), ...headers };
    const response = await ensureOk(
      await transport.open({ method, path, headers: send, ...payload, ...(signal && { signal }) }),
    );
    return JSON.parse(await readText(response)) as T;
  }

  return {
    transport,
    call,
    download: async (path) => ensureOk(await transport.open({ method: 'GET', path, headers: { accept: '*/*' } })),
    get: (type, target, options = {}) =>
      call('GET', resourcePath(type, target) + queryString(options.query ?? {}), undefined, undefined, options.signal),
    list: (type, namespace, options = {}) =>
      call(
        'GET',
        resourcePath(type, { namespace }) + queryString(options.query ?? {}),
        undefined,
        undefined,
        options.signal,
      ),
    create: (type, object, query = {}) =>
      call('POST', resourcePath(type, { namespace: object.metadata.namespace }) + queryString(query), object),
    replace: (type, object, { subresource, query = {} } = {}) =>
      call(
        'PUT',
        resourcePath(type, { namespace: object.metadata.namespace, name: object.metadata.name, subresource }) +
          queryString(query),
        object,
      ),
    patch: (type, target, patch, { type: patchType = 'merge', query = {} } = {}) =>
      call('PATCH', resourcePath(type, target) + queryString(query), patch, jsonHeaders(PATCH[patchType])),
    delete: (type, target, body, query = {}) => call('DELETE', resourcePath(type, target) + queryString(query), body),
    async *watch(type, namespace, options) {
      const path =
        resourcePath(type, { namespace }) + queryString({ watch: true, allowWatchBookmarks: true, ...options.query });
      const response = await ensureOk(
        await transport.open({ method: 'GET', path, ...(options.signal && { signal: options.signal }) }),
      );
      yield* watchEvents(response);
    },
  };
}
