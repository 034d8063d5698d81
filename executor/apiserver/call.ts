import type { IncomingMessage, ServerResponse } from 'node:http';
import type { View } from './http/negotiate.ts';
import type { RequestInfo } from './http/request-info.ts';
import type { Registry, Served } from './registry.ts';
import type { Status } from './status-error.ts';
import type { Store } from './store/store.ts';
import type { KubeObject } from './types.ts';

export interface User {
  name: string;
  groups: string[];
  /** What else an authenticator said, as a SubjectAccessReview takes it. */
  extra?: Record<string, string[]>;
}

/** What every request shares. */
export interface Api {
  store: Store;
  registry: Registry;
  now(): Date;
  /** Things that wait for nothing but time, such as open watches, end when this is aborted. */
  stopping: AbortSignal;
  /** Wakes the controllers that clean up after deletions. @param uid what is being deleted, or is gone */
  sweep(uid: string): void;
}

/** One request for a resource. */
export interface Call {
  api: Api;
  req: IncomingMessage;
  res: ServerResponse;
  info: RequestInfo;
  query: URLSearchParams;
  user: User;
  served: Served;
  view: View;
  /** Sent as Warning headers, which kubectl prints. */
  warnings: string[];
}

/** An answer in one piece: an object of `served`, its stored JSON, or a Status. */
export type Reply =
  | { code: number; object: KubeObject }
  | { code: number; status: Status }
  | { code: number; list: KubeObject[] };

export const isDryRun = ({ query }: Call): boolean => query.getAll('dryRun').includes('All');
