import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKubeconfig, readServiceAccount } from '../../executor/daemon/kubeconfig.ts';
import { lockHome } from '../../executor/daemon/lock.ts';
import { parseOptions } from '../../executor/daemon/options.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-daemon-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('a standalone executor has a home, and images come from folders that are named', () => {
  const { mode, settings } = parseOptions(['--standalone', '--home', '/srv/vm', '--import-folder', '/iso'], {});
  expect(mode).toBe('standalone');
  expect(settings).toMatchObject({
    home: '/srv/vm',
    standalone: true,
    importFolders: ['/iso'],
    qemuUser: 'vmctl-qemu',
    extraArguments: false,
  });
});

test('images come from anywhere where the only user is this one, from one folder in a cluster', () => {
  expect(parseOptions(['--standalone'], {}).settings.importFolders).toEqual(['/']);
  expect(parseOptions(['--kubeconfig', '/k', '--home', '/h'], {}).settings.importFolders).toEqual(['/h/import']);
});

test('metrics are served nowhere but where it is said', () => {
  expect(parseOptions(['--standalone'], {}).metricsListen).toBeUndefined();
  expect(parseOptions(['--standalone', '--metrics-listen', '[::1]:9100'], {}).metricsListen).toEqual({
    host: '::1',
    port: 9100,
  });
});

test('the home is that of VMCTL_HOME where none is named', () => {
  expect(parseOptions(['--standalone'], { VMCTL_HOME: '/elsewhere' }).settings.home).toBe('/elsewhere');
});

test.each([
  [[], 'say --standalone or --kubeconfig FILE'],
  [['--standalone', '--kubeconfig', 'x'], 'exclude each other'],
  [['--kubeconfig', 'x', '--service-account', 'y'], '--kubeconfig and --service-account exclude each other'],
  [['--standalone', '--port', '70000'], '--port 70000 is no port'],
  [['--standalone', '--crash-backoff', 'soon'], '--crash-backoff soon'],
  [['--standalone', '--console-log-bytes=-1'], '--console-log-bytes -1'],
  [['--standalone', '--metrics-listen', '9100'], 'no ADDRESS:PORT, such as 127.0.0.1:9100'],
  [['--standalone', '--metrics-listen', 'localhost:9100'], 'no ADDRESS:PORT'],
  [['--standalone', '--metrics-listen', '127.0.0.1:99999'], 'is no port'],
  [['--stand'], "Unknown option '--stand'"],
])('%j is refused in words', (argv, words) => {
  expect(() => parseOptions(argv, {})).toThrow(words);
});

test('a home is one executor’s alone, until that lets it go', async () => {
  const unlock = await lockHome('/some/home');
  await expect(lockHome('/some/home')).rejects.toThrow('another vm-executor uses /some/home');
  const other = await lockHome('/some/other');
  unlock();
  other();
  (await lockHome('/some/home'))();
});

async function kubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: { server: 'https://k:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('certificates of a kubeconfig are in it or beside it', async () => {
  await writeFile(join(folder, 'ca.crt'), 'the ca');
  const user = { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') };
  const endpoint = await readKubeconfig(await kubeconfig(user, { 'certificate-authority': 'ca.crt' }));
  expect(endpoint).toMatchObject({
    url: 'https://k:6443',
    tls: { ca: Buffer.from('the ca'), cert: Buffer.from('cert'), key: Buffer.from('key') },
  });
});

test('a token is that of the file as it is now', async () => {
  await writeFile(join(folder, 'token'), 'one\n');
  const endpoint = await readKubeconfig(await kubeconfig({ tokenFile: 'token' }));
  const header = async () => ('headers' in endpoint ? (await endpoint.headers?.())?.['authorization'] : undefined);
  expect(await header()).toBe('Bearer one');
  await writeFile(join(folder, 'token'), 'two\n');
  expect(await header()).toBe('Bearer two');
});

test('a kubeconfig that cannot be used says why', async () => {
  await expect(readKubeconfig(await kubeconfig({ exec: { command: 'x' } }))).rejects.toThrow(
    'the user u must have a client certificate or a token',
  );
  await writeFile(join(folder, 'empty'), '');
  await expect(readKubeconfig(join(folder, 'empty'))).rejects.toThrow('current-context  is not among its contexts');
});

test('a pod’s account is its token, read each time, with the address that the cluster gives to pods', async () => {
  const account = await mkdtemp(join(folder, 'account-'));
  await expect(readServiceAccount(account, {})).rejects.toThrow('KUBERNETES_SERVICE_HOST');
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  await expect(readServiceAccount(account, env)).rejects.toThrow('ca.crt');
  await writeFile(join(account, 'ca.crt'), 'CA');
  await expect(readServiceAccount(account, env)).rejects.toThrow('token');
  await writeFile(join(account, 'token'), 'one\n');
  const endpoint = await readServiceAccount(account, env);
  expect(endpoint).toMatchObject({ url: 'https://[fd00::1]:6443', tls: { ca: Buffer.from('CA') } });
  const headers = 'headers' in endpoint ? endpoint.headers : undefined;
  await writeFile(join(account, 'token'), 'two\n');
  expect(await headers?.()).toEqual({ authorization: 'Bearer two' });
});
