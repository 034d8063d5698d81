import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api, Call, Reply, User } from '../call.ts';

import { badRequest, noSuchPath } from '../status-error.ts';
import { verbOf } from '../verbs/index.ts';
import { checkWriteOptions } from '../verbs/options.ts';
import { renderer } from '../verbs/view.ts';
import { negotiateView } from './negotiate.ts';
import { requestInfo } from './request-info.ts';
import { send } from './respond.ts';

/** Answers a request for a stored resource. @throws StatusError */
export async function dispatch(
  api: Api,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  user: User,
): Promise<void> {
  const call = callOf(api, req, res, url, user);
  const verb = verbOf(call);
  if (req.method !== 'GET' && req.method !== 'HEAD') checkWriteOptions(req.method ?? '', call.query);
  const reply = await answer(verb, call);
  if (!reply) return;
  // Neither an acknowledgement nor a read may tell of what is not on the disk yet.
  await api.store.flushed();
  await sendReply(call, reply);
}

/** Warnings are told with a refusal too. */
async function answer(verb: ReturnType<typeof verbOf>, call: Call): Promise<Reply | undefined> {
  try {
    return await verb(call);
  } catch (error) {
    if (!call.res.headersSent) {
      for (const [name, value] of Object.entries(warningHeaders(call.warnings))) call.res.setHeader(name, value);
    }
    throw error;
  }
}

function callOf(api: Api, req: IncomingMessage, res: ServerResponse, url: URL, user: User): Call {
  const info = requestInfo(url.pathname);
  const served = info && api.registry.find(info.group, info.version, info.plural);
  if (!info || !served) throw noSuchPath();
  if (!served.namespaced && info.namespace) throw noSuchPath();
  if (served.namespaced && info.name && !info.namespace)
    throw badRequest(`${served.resource} are namespaced: name the namespace in the path`);
  return { api, req, res, info, query: url.searchParams, user, served, view: negotiateView(req), warnings: [] };
}

async function sendReply(call: Call, reply: Reply): Promise<void> {
  const { req, res, view } = call;
  const headers = warningHeaders(call.warnings);
  const body = textOf(call, reply);
  if (!view.yaml) return send(req, res, { code: reply.code, body: `${body}\n`, headers });
  const { stringify } = await import('yaml');
  await send(req, res, { code: reply.code, type: 'application/yaml', body: stringify(JSON.parse(body)), headers });
}

function textOf(call: Call, reply: Reply): string {
  if ('status' in reply) return JSON.stringify(reply.status);
  const render = renderer(call);
  if ('object' in reply) return render.one(reply.object);
  const items = reply.list.map((object) =>
    render.item({ schema: call.served.revision, data: JSON.stringify(object) }, object),
  );
  const resourceVersion = String(call.api.store.committed);
  return `${render.list.open}${items.join(',')}${render.list.close({ resourceVersion })}`;
}

/** RFC 7234 warn-code 299, as kubectl reads it. */
function warningHeaders(warnings: readonly string[]): Record<string, string | string[]> {
  if (warnings.length === 0) return {};
  return { warning: warnings.map((text) => `299 - "${text.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`) };
}
