import { X509Certificate } from 'node:crypto';
import type { ApiClient } from '../../schemas/client/client.ts';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { createInformer } from '../controller/informer.ts';
import type { Log } from '../controller/types.ts';

/** How the API server says who asks: in headers, under a client certificate of a CA of its own. */
export interface RequestHeader {
  /** PEM certificates of the CA. */
  readonly ca: string;
  /** Common names that the API server's certificate may have; none means any. */
  readonly allowedNames: readonly string[];
  readonly userHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

type ConfigMap = KubeObject & { data?: Readonly<Record<string, string>> };

const CONFIG = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };

function listOf(data: ConfigMap['data'], key: string): string[] {
  const list: unknown = JSON.parse(data?.[key] ?? '[]');
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

const headersOf = (data: ConfigMap['data'], key: string): string[] =>
  listOf(data, key).map((name) => name.toLowerCase());

/**
 * What kube-apiserver publishes in kube-system/extension-apiserver-authentication.
 * Source: k8s.io/apiserver `DynamicRequestHeaderController`. @throws Error where it has no such CA
 */
export function parseRequestHeader(data: ConfigMap['data']): RequestHeader {
  const ca = data?.['requestheader-client-ca-file'] ?? '';
  if (ca === '') {
    throw new Error(
      'the API server aggregates no other servers: it has no requestheader-client-ca-file; see its --requestheader-* flags',
    );
  }
  return {
    ca,
    allowedNames: listOf(data, 'requestheader-allowed-names'),
    userHeaders: headersOf(data, 'requestheader-username-headers'),
    groupHeaders: headersOf(data, 'requestheader-group-headers'),
    extraPrefixes: headersOf(data, 'requestheader-extra-headers-prefix'),
  };
}

/** Tells of each change of what `readRequestHeader` reads: the API server's own CA is renewed while we run. @returns what ends it */
export function watchRequestHeader(client: ApiClient, log: Log, onChange: () => void): () => void {
  const { namespace, name } = CONFIG;
  const fieldSelector = `metadata.name=${name}`;
  const changed = (before: ConfigMap | undefined, now: ConfigMap | undefined) => before && now && onChange();
  const type = core('configmaps');
  const informer = createInformer<ConfigMap>({ client, log, type, namespace, fieldSelector, onChange: changed });
  return () => informer.close();
}

export async function readRequestHeader(client: ApiClient): Promise<RequestHeader> {
  return parseRequestHeader((await client.get<ConfigMap>(core('configmaps'), CONFIG)).data);
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a bundle. */
export const certificatesOf = (bundle: string): X509Certificate[] =>
  (bundle.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
