import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPki } from '../../executor/apiserver/pki/index.ts';
import { download } from '../../executor/storage/download/index.ts';
import { content, type Handler, redirectTo, serve } from './http.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-https-'));
const pki = loadPki(folder, '127.0.0.1');
const BYTES = randomBytes(100_000);
let handler: Handler = content(BYTES);
const server = createServer({ key: pki.server.key, cert: pki.server.certificate }, (request, response) =>
  handler(request, response),
);
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/image`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const fetch = (checksum?: string) => download({ url, checksum, part: join(folder, 'part'), maxBytes: 1_000_000n });

test('a server with a certificate that nobody vouches for is not believed', async () => {
  await expect(fetch()).rejects.toMatchObject({
    reason: 'Unreachable',
    message: expect.stringMatching(/certificate|self-signed/),
  });
});

test('one with a certificate that is trusted is, and sends us on to plain http only with a checksum', async () => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, pki.ca]);
  try {
    const { sha256 } = await fetch();
    expect(sha256).toBe(`sha256:${createHash('sha256').update(BYTES).digest('hex')}`);
    await using plain = await serve(content(BYTES));
    handler = redirectTo(plain.url);
    await expect(fetch()).rejects.toMatchObject({
      reason: 'RedirectRefused',
      message: expect.stringContaining('from https to http is only followed where a checksum is given'),
    });
    expect(await fetch(sha256)).toMatchObject({ sha256 });
  } finally {
    setDefaultCACertificates(before);
  }
});
