import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { KubeObject } from '../types/object.ts';
import { ApiError, type KubeStatus } from './errors.ts';

export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T };

type RawEvent<T> = WatchEvent<T> | { type: 'ERROR'; object: KubeStatus };

/** Lines of a body, each a JSON document, as they arrive. */
async function* lines(response: IncomingMessage): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of response) {
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}

/** The events of a watch. @throws ApiError when the server sends an ERROR event, such as 410 Expired. */
export async function* watchEvents<T extends KubeObject>(response: IncomingMessage): AsyncIterable<WatchEvent<T>> {
  for await (const line of lines(response)) {
    const event = JSON.parse(line) as RawEvent<T>;
    if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object);
    yield event;
  }
}
