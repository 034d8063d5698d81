import { once } from 'node:events';
import { Agent, get } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { listen } from '../../executor/aggregation/listen.ts';
import { type Identity, identityOf, isGood, SERVICE_HOST } from '../../executor/aggregation/pki.ts';
import { secureContext } from '../../executor/apiserver/http/listen.ts';
import { issue } from '../../executor/apiserver/pki/certificate.ts';

const DAY_MS = 24 * 3_600_000;
const BORN = new Date('2030-01-01T00:00:00Z');
const after = (days: number): Date => new Date(BORN.getTime() + days * DAY_MS);
const authority = () => issue({ commonName: 'ca', usage: 'ca', days: 3650 }, BORN);

test('a certificate of an executor is good for two thirds of its year, and for its authority alone', () => {
  const [ca, other] = [authority(), authority()];
  const identity = identityOf(ca, 'one', '127.0.0.1', BORN);
  expect(isGood(identity, ca.certificate, after(0))).toBe(true);
  expect(isGood(identity, ca.certificate, after(243))).toBe(true);
  expect(isGood(identity, ca.certificate, after(244))).toBe(false);
  expect(isGood(identity, other.certificate, after(0))).toBe(false);
});

test('a new certificate is shown to who comes, and who is there stays', async () => {
  const ca = authority();
  const context = (identity: Identity) => secureContext(identity, ca.certificate);
  const first = identityOf(ca, 'one', '127.0.0.1', BORN);
  const where = { host: '127.0.0.1', port: 0, orAny: true };
  const { server, port, close } = await listen(context(first), where, (_req, res) => void res.end('served'));
  // The test's clock is not OpenSSL's, so it is not asked whether the certificate is of today.
  const shown = async (): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, servername: SERVICE_HOST, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const ask = async (): Promise<readonly [string, TLSSocket]> => {
    const request = get({ host: '127.0.0.1', port, agent });
    const [response] = await once(request, 'response');
    return [(await response.toArray()).join(''), response.socket];
  };
  const [before, [said, socket]] = [await shown(), await ask()];
  server.setSecureContext(context(identityOf(ca, 'one', '127.0.0.1', after(244))));
  const [again, same] = await ask();
  expect([said, again]).toEqual(['served', 'served']);
  expect(same).toBe(socket);
  expect(await shown()).not.toBe(before);
  agent.destroy();
  await close();
});
