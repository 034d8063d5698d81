import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type CliHome, cliHome, run, VMCTL } from './cli-home.ts';

interface Config {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string; user: Record<string, string> }[];
  contexts: { name: string; context: Record<string, string> }[];
  'current-context': string;
}

describe('finding the API', () => {
  let person: CliHome;
  let config: Config;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    config = parse(readFileSync(person.kubeconfig, 'utf8'));
    // A cluster like any other: no socket is known.
    for (const { cluster } of config.clusters) delete cluster['extensions'];
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const file = async (name: string, change: (config: Config) => void): Promise<string> => {
    const copy = structuredClone(config);
    change(copy);
    const path = join(person.folder, name);
    await writeFile(path, stringify(copy));
    return path;
  };
  const user = (copy: Config): Record<string, string> => copy.users[0]?.user ?? {};
  const cluster = (copy: Config): Record<string, unknown> => copy.clusters[0]?.cluster ?? {};
  const POOL = 'virtualmachinestoragepool.vmctl.dev/default\n';
  const pools = (kubeconfig: string, ...more: string[]) =>
    person.vmctl('get', 'pools', '-o', 'name', '--kubeconfig', kubeconfig, ...more);

  it('works over TLS with a client certificate', async () => {
    const path = await file('tls', () => {});
    expect(await pools(path)).toMatchObject({ code: 0, stdout: POOL });
  });

  it('works with certificates in files beside the kubeconfig', async () => {
    const path = await file('files', (copy) => {
      const { 'client-certificate-data': _c, 'client-key-data': _k } = user(copy);
      copy.users = [{ name: 'vmctl', user: { 'client-certificate': 'me.crt', 'client-key': './me.key' } }];
    });
    await writeFile(
      join(person.folder, 'me.crt'),
      Buffer.from(user(config)['client-certificate-data'] ?? '', 'base64'),
    );
    await writeFile(join(person.folder, 'me.key'), Buffer.from(user(config)['client-key-data'] ?? '', 'base64'));
    expect(await pools(path)).toMatchObject({ code: 0, stdout: POOL });
  });

  it('asks an exec plugin for credentials', async () => {
    const plugin = join(person.folder, 'plugin');
    const status = {
      clientCertificateData: Buffer.from(user(config)['client-certificate-data'] ?? '', 'base64').toString(),
      clientKeyData: Buffer.from(user(config)['client-key-data'] ?? '', 'base64').toString(),
    };
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
    await writeFile(plugin, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`);
    await chmod(plugin, 0o755);
    const path = await file('exec', (copy) => {
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
      copy.users = [{ name: 'vmctl', user: { exec } as unknown as Record<string, string> }];
    });
    expect(await pools(path)).toMatchObject({ code: 0, stdout: POOL });
  });

  it('sends tokens, and says so when they are not accepted', async () => {
    const path = await file('token', (copy) => {
      copy.users = [{ name: 'vmctl', user: { token: 'wrong' } }];
    });
    expect(await pools(path)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/Unauthorized.*\n.*credentials/s),
    });
    const good = await file('good-token', (copy) => {
      copy.users = [
        { name: 'vmctl', user: { token: readFileSync(join(person.home, 'api/pki/token'), 'utf8').trim() } },
      ];
    });
    expect(await pools(good)).toMatchObject({ code: 0, stdout: POOL });
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"kind":"Table","columnDefinitions":[],"rows":[]}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const http = await file('http', (copy) => {
      copy.users = [{ name: 'vmctl', user: { token: 'abc' } }];
      copy.clusters = [
        { name: 'vmctl', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
      ];
    });
    await person.vmctl('get', 'vm', '--kubeconfig', http);
    server.close();
    expect(seen).toEqual(['Bearer abc']);
  });

  it('does not trust a server with another certificate', async () => {
    const other = await file('ca', (copy) => {
      delete cluster(copy)['certificate-authority-data'];
    });
    expect(await pools(other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot reach the API at https://127.0.0.1'),
    });
    const careless = await file('insecure', (copy) => {
      delete cluster(copy)['certificate-authority-data'];
      cluster(copy)['insecure-skip-tls-verify'] = true;
    });
    expect(await pools(careless)).toMatchObject({ code: 0, stdout: POOL });
  });

  it('takes the namespace of the context, unless it is told another', async () => {
    await person.run('kubectl', ['create', 'namespace', 'team']);
    const path = await file('team', (copy) => {
      (copy.contexts[0] as Config['contexts'][number]).context['namespace'] = 'team';
    });
    const nothing = (namespace: string) => `No resources found in ${namespace} namespace.\n`;
    expect((await person.vmctl('get', 'vm', '--kubeconfig', path)).stderr).toBe(nothing('team'));
    expect((await person.vmctl('get', 'vm', '--kubeconfig', path, '-n', 'default')).stderr).toBe(nothing('default'));
  });

  it('chooses contexts by name, and names the one that is missing', async () => {
    const path = await file('two', (copy) => {
      copy.contexts.push({ name: 'broken', context: { cluster: 'nowhere', user: 'nobody' } });
    });
    expect((await pools(path, '--context', 'vmctl')).code).toBe(0);
    expect(await pools(path, '--context', 'broken')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cluster "nowhere"'),
    });
    expect(await pools(path, '--context', 'none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no context "none"'),
    });
    expect(await pools('/nonexistent')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot read the kubeconfig'),
    });
    await writeFile(join(person.folder, 'bad'), 'a: [');
    expect(await pools(join(person.folder, 'bad'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not YAML'),
    });
  });

  it('finds the home of this machine where there is no kubeconfig', async () => {
    const { code, stdout } = await person.run(VMCTL, ['get', 'pools', '-o', 'name'], {
      env: { KUBECONFIG: '', HOME: '/nonexistent' },
    });
    expect([code, stdout]).toEqual([0, POOL]);
  });

  it('says where to go when nobody answers', async () => {
    const path = await file('gone', (copy) => {
      cluster(copy)['server'] = 'https://127.0.0.1:1';
    });
    expect(await pools(path)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/ECONNREFUSED.*\n {2}.*vmctl up/s),
    });
  });

  it('needs no socket that it may not open', async () => {
    const closed = readFileSync(person.kubeconfig, 'utf8').replace('api/api.sock', 'api/none.sock');
    await writeFile(join(person.folder, 'closed'), closed);
    expect(await pools(join(person.folder, 'closed'))).toMatchObject({ code: 0, stdout: POOL });
  });

  it('is said to be not built where it is not', async () => {
    const bin = join(person.folder, 'bin');
    await run('sh', ['-c', `mkdir ${bin} && cp ${VMCTL} ${bin} && ln -s ${bin}/vmctl ${person.folder}/link`]);
    for (const path of [join(bin, 'vmctl'), join(person.folder, 'link')])
      expect(await run(path, [])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'vmctl: not built yet; run: npm run build\n',
      });
  });
});
