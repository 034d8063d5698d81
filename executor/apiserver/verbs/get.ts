import type { Call, Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { notFound } from '../status-error.ts';
import type { Row } from '../store/objects.ts';
import { requireKnownVersion } from './list.ts';

/** The row that the request names. @throws StatusError 404 */
export function requireRow({ api, served, info }: Pick<Call, 'api' | 'served' | 'info'>): Row {
  const row = api.store.objects.get(served.storage, info.namespace, info.name);
  if (!row) throw notFound(served, info.name);
  return row;
}

export async function getVerb(call: Call): Promise<Reply> {
  const { api, query } = call;
  await api.store.flushed();
  requireKnownVersion(query.get('resourceVersion') || '0', api.store.committed);
  return { code: 200, object: decode(call.served, requireRow(call)) };
}
