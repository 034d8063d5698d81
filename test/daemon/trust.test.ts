import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { issue, type KeyPair } from '../../executor/apiserver/pki/certificate.ts';
import { readServiceAccount } from '../../executor/daemon/kubeconfig.ts';
import { type KeptEndpoint, keepEndpoint } from '../../executor/daemon/trust.ts';
import { createTransport, readText, type Transport } from '../../schemas/client/transport.ts';

const authority = (commonName: string) => issue({ commonName, usage: 'ca', days: 2 }, new Date());
const served = (ca: KeyPair) => {
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const { certificate, key } = issue(
    { commonName: 'api', usage: 'server', days: 1, hosts: ['127.0.0.1'], issuer },
    new Date(),
  );
  return { cert: certificate, key };
};

const [before, after] = [authority('ca'), authority('new-ca')];
let folder: string;
let server: Server;
let kept: KeptEndpoint;
let transport: Transport;
let said: string[];
/** Ends the answer that a watch would be. */
let finish: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmctl-trust-'));
  said = [];
  write(before.certificate, 'first');
  server = createServer(served(before), (req, res) => {
    res.write(`${req.headers.authorization};`);
    if (req.url === '/watch') finish = () => res.end('end');
    else res.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
  };
  const note = (message: string) => void said.push(message);
  kept = await keepEndpoint(() => readServiceAccount(folder, env), { info: note, warn: note, error: note });
  transport = createTransport(kept.endpoint);
});
afterEach(async () => {
  kept.close();
  transport.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
});

function write(ca: string, token: string): void {
  writeFileSync(join(folder, 'ca.crt'), ca);
  writeFileSync(join(folder, 'token'), token);
}
const open = (path: string) => transport.open({ method: 'GET', path });
const ask = async () => readText(await open('/'));

test('an API server whose authority is new is believed once the file has it, and what is open goes on', async () => {
  expect(await ask()).toBe('Bearer first;');
  const watch = await open('/watch');
  server.setSecureContext(served(after));
  server.closeIdleConnections();
  await expect(ask()).rejects.toThrow(/certificate/);
  write(`${before.certificate}${after.certificate}`, 'second');
  await kept.look();
  expect(await ask()).toBe('Bearer second;');
  finish();
  expect(await readText(watch)).toBe('Bearer first;end');
  expect(said).toEqual(['took new certificates for the API']);
});

test('a file that is half written changes nothing', async () => {
  write('-----BEGIN CERTIFICATE-----\nMIIB', 'second');
  await kept.look();
  expect(await ask()).toBe('Bearer second;');
  rmSync(join(folder, 'ca.crt'));
  await kept.look();
  expect(await ask()).toBe('Bearer second;');
  expect(new Set(said)).toEqual(new Set(['cannot take new certificates for the API']));
});

test('connections are kept while nothing changes', async () => {
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  for (let times = 0; times < 3; times += 1) {
    await ask();
    await kept.look();
  }
  expect([connections, said]).toEqual([1, []]);
});
