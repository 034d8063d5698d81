import type { Call, Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { selection } from '../selectors/index.ts';
import type { KubeObject } from '../types.ts';
import { deleteRow, readDeleteOptions } from './delete.ts';

const batch = 100;

/** Deletes all that the selectors match. The answer lists what it was. */
export async function deleteCollectionVerb(call: Call): Promise<Reply> {
  const options = await readDeleteOptions(call);
  const { query, served, info, api } = call;
  const select = selection(query, served);
  const scope = { resource: served.storage, namespace: info.namespace || select.namespace, name: select.name };
  const list: KubeObject[] = [];
  let after = { namespace: '', name: '' };
  for (;;) {
    const rows = api.store.objects.page({ ...scope, at: Number.MAX_SAFE_INTEGER, after, limit: batch });
    for (const row of rows) {
      const object = decode(served, row);
      if (select.matches && !select.matches(object)) continue;
      deleteRow(api, served, row, options);
      list.push(object);
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return { code: 200, list };
    after = { namespace: last.namespace, name: last.name };
  }
}
