import type { Call, Reply } from '../call.ts';
import { badRequest, methodNotAllowed, noSuchPath } from '../status-error.ts';
import { strategyOf } from '../strategies/index.ts';
import { createVerb } from './create.ts';
import { deleteVerb } from './delete.ts';
import { deleteCollectionVerb } from './deletecollection.ts';
import { getVerb } from './get.ts';
import { listVerb } from './list.ts';
import { patchVerb } from './patch.ts';
import { updateVerb } from './update.ts';
import { watchVerb } from './watch.ts';

/** A verb answers in one piece, or streams and answers nothing. */
type Verb = (call: Call) => Promise<Reply | undefined> | Reply;

const verbs = {
  get: getVerb,
  list: listVerb,
  watch: watchVerb,
  create: createVerb,
  update: updateVerb,
  patch: patchVerb,
  delete: deleteVerb,
  deletecollection: deleteCollectionVerb,
} satisfies Record<string, Verb>;

export type VerbName = keyof typeof verbs;

const ofObject: Record<string, VerbName> = { GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const ofCollection: Record<string, VerbName> = {
  GET: 'list',
  HEAD: 'list',
  POST: 'create',
  DELETE: 'deletecollection',
};
const ofSubresource: Record<string, VerbName> = { GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch' };

/** Which verb a request means. @throws StatusError 404, 405 */
export function verbOf({ req, info, query, served }: Call): Verb {
  const method = req.method ?? '';
  if (info.rest || (info.subresource && !hasSubresource(served, info.subresource))) throw noSuchPath();
  const table = info.subresource ? ofSubresource : info.name ? ofObject : ofCollection;
  const name = table[method];
  if (!name && served.builtin) throw methodNotAllowed();
  if (!name && !info.name && ofObject[method]) throw badRequest('name must be provided');
  if (!name)
    throw methodNotAllowed(served, (info.name ? ofObject : ofCollection)[method] ?? ofCollection[method] ?? '');
  const isWatch = !/^(false|0)$/i.test(query.get('watch') ?? 'false');
  const asked: VerbName = isWatch && !info.subresource && (name === 'list' || name === 'get') ? 'watch' : name;
  if (!served.verbs.includes(asked)) throw served.builtin ? methodNotAllowed() : methodNotAllowed(served, asked);
  return verbs[asked];
}

const hasSubresource = (served: Call['served'], name: string): boolean =>
  (name === 'status' && served.subresources.status) || strategyOf(served).subresources?.[name] !== undefined;
