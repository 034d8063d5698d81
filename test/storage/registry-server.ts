import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSign, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endChild } from '../fixtures/end.ts';
import { freePort } from '../fixtures/free-ports.ts';

export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`, plain http. */
  readonly host: string;
  /** Paths of what the token server was asked, where there is one. */
  readonly asked: string[];
}

export const USER = { username: 'somebody', password: 'a "quoted" pass:word' } as const;
const PROGRAM = '/usr/bin/docker-registry';
const START_MS = 60_000;

export const hasRegistry = (): boolean => existsSync(PROGRAM);

interface Tokens {
  readonly url: string;
  readonly asked: string[];
  readonly certificate: string;
  close(): void;
}

const encoded = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');

/** What grants the rights that it is asked for to who gives the right password: the distribution's token specification. */
async function tokenServer(folder: string): Promise<Tokens> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tokens'];
  execFileSync('openssl', [...words, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  const x5c = [readFileSync(certificate, 'utf8').replace(/-----[^-]+-----|\s/g, '')];
  const asked: string[] = [];
  const grant = (scope: string) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const now = Math.floor(Date.now() / 1000);
    const access = [{ type, name, actions: actions.split(',') }];
    const times = { nbf: now - 60, iat: now - 60, exp: now + 300, jti: randomUUID() };
    const claims = { iss: 'tokens', aud: 'registry', sub: USER.username, ...times, access };
    const signed = `${encoded({ typ: 'JWT', alg: 'RS256', x5c })}.${encoded(claims)}`;
    return `${signed}.${encoded(createSign('RSA-SHA256').update(signed).sign(readFileSync(key)))}`;
  };
  const basic = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const scope = new URL(`http://x${request.url}`).searchParams.get('scope') ?? '';
    if (request.headers.authorization === basic) response.end(JSON.stringify({ token: grant(scope) }));
    else response.writeHead(401).end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    certificate,
    close: () => server.close().closeAllConnections(),
  };
}

/** Debian's docker-registry on loopback, open to all or with one of its two ways to ask who one is. */
export async function startRegistry(auth: 'none' | 'basic' | 'token' = 'none'): Promise<RegistryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-registry-'));
  const port = await freePort();
  const tokens = auth === 'token' ? await tokenServer(folder) : undefined;
  mkdirSync(join(folder, 'data'));
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}`, headers: { 'X-Content-Type-Options': ['nosniff'] } },
    ...(auth === 'basic' && { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
    ...(tokens && {
      auth: { token: { realm: tokens.url, service: 'registry', issuer: 'tokens', rootcertbundle: tokens.certificate } },
    }),
  };
  if (auth === 'basic') writeFileSync(join(folder, 'htpasswd'), `${USER.username}:${bcrypt(USER.password)}\n`);
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child, port);
  return {
    host: `127.0.0.1:${port}`,
    asked: tokens?.asked ?? [],
    async [Symbol.asyncDispose]() {
      await endChild(child, 'SIGKILL');
      tokens?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** htpasswd's own program is in another package; Perl and the C library know the same function. */
const bcrypt = (password: string): string =>
  execFileSync('perl', ['-e', 'print crypt($ARGV[0], q($2b$05$abcdefghijklmnopqrstuu))', password], {
    encoding: 'utf8',
  });

async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended:\n${said}`);
    const answers = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(50);
  }
  throw new Error(`docker-registry does not answer:\n${said}`);
}
