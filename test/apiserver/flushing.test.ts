import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine, machines, type TestServer, testServer } from './fixtures/server.ts';

/** More than a socket takes at once, in either direction. */
const NOTE = 'x'.repeat(200_000);
const ROUNDS = 60;

let server: TestServer;
let socket: TLSSocket;
beforeAll(async () => {
  server = await testServer();
  expect((await server.ask('POST', machines, machine('large', {}, { annotations: { note: NOTE } }))).code).toBe(201);
  const { hostname: host, port } = new URL(server.url);
  const pki = (name: string) => readFileSync(join(server.dir, 'pki', name));
  const identity = { ca: pki('ca.crt'), cert: pki('client.crt'), key: pki('client.key') };
  socket = connect({ host, port: Number(port), ...identity });
  await once(socket, 'secureConnect');
});
afterAll(async () => {
  socket.destroy();
  await server[Symbol.asyncDispose]();
});

const get = `GET ${machines}/large HTTP/1.1\r\nhost: api\r\n\r\n`;
const patch = JSON.stringify({ metadata: { annotations: { note: NOTE } } });
const head = `PATCH ${machines}/large HTTP/1.1\r\nhost: api\r\ncontent-type: application/merge-patch+json\r\n`;
const change = `${head}content-length: ${patch.length}\r\n\r\n${patch}`;

/** Status and length of the answer, once its last byte is here. */
function answer(): Promise<number> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const listen = (chunk: Buffer): void => {
      heard += chunk.toString('latin1');
      const end = heard.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(heard)?.[1]);
      if (end < 0 || heard.length < end + 4 + length) return;
      socket.off('data', listen).off('close', cut);
      resolve(Number(heard.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)));
    };
    const cut = () => reject(new Error('the server closed the connection'));
    socket.on('data', listen).once('close', cut);
  });
}

/**
 * The client has read the whole answer before the server has learned that it is flushed: kubectl does so between reading
 * a definition and applying it, and was left with EOF.
 */
test('a large body right behind a large answer, on one TLS connection, is read and answered', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const request of [get, change]) {
      socket.write(request);
      expect(await answer()).toBe(200);
    }
  }
});
