import { once } from 'node:events';
import type { HostOf } from '../access/host.ts';
import { badRequest } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { followLog } from './follow.ts';
import { locateConsole } from './locate.ts';
import type { Tail } from './log-file.ts';

/** A count in a query. @throws StatusError when it is none */
export function countOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} must be a whole number of 0 or more, not "${text}"`);
  return Number(text);
}

export const isSet = (query: URLSearchParams, name: string): boolean =>
  query.has(name) && query.get(name) !== 'false' && query.get(name) !== '0';

function tailOf(query: URLSearchParams): Tail {
  const lines = countOf(query, 'tailLines');
  const bytes = countOf(query, 'tailBytes');
  return { ...(lines !== undefined && { lines }), ...(bytes !== undefined && { bytes }) };
}

/** `GET …/virtualmachines/NAME/log?follow&tailLines=N|tailBytes=N`: what the guest wrote, as plain text. */
export function logHandler(host: HostOf): SubresourceHandler {
  return {
    async http(_request, response, { namespace, name, query }) {
      const tail = tailOf(query);
      const { log } = locateConsole(host(), namespace, name);
      const end = new AbortController();
      response.once('close', () => end.abort());
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      response.flushHeaders();
      for await (const chunk of followLog({ log, tail, follow: isSet(query, 'follow'), signal: end.signal })) {
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      response.end();
    },
  };
}
