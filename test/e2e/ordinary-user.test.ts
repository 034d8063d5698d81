import { execFile } from 'node:child_process';
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPassts } from '../../executor/network/passt/process.ts';
import { passtMac } from '../../executor/qemu/identifiers.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { passtFolder } from '../fixtures/passt.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
/** What a package holds: the checkout itself may lie where only its owner comes, as below /root. */
const PROGRAM = ['bin', 'dist', 'yamls', 'package.json', 'oclif.manifest.json', 'node_modules/node/bin'];
/** nobody; root becomes it for these tests, anyone else stays who they are. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let vmctl: string;
let env: NodeJS.ProcessEnv;

const asUser = async (...command: string[]): Promise<string> => {
  const become = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : [];
  const [file = '', ...args] = [...become, ...command];
  return (await run(file, args, { env, cwd: folder, maxBuffer: 1 << 24 })).stdout;
};

const get = (path: string) => asUser('kubectl', 'get', 'vm', 'mine', '-o', `jsonpath={${path}}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-user-'));
  await mkdir(join(folder, 'tmp'));
  await writeFile(join(folder, 'guest.img'), writerDisk());
  if (isRoot) await Promise.all(['', 'tmp', 'guest.img'].map((name) => chown(join(folder, name), NOBODY, NOBODY)));
  for (const part of PROGRAM) await cp(join(ROOT, part), join(folder, 'program', part), { recursive: true });
  vmctl = join(folder, 'program/bin/vmctl');
  const { LANG } = process.env;
  const passt = await passtFolder();
  if (passt) await cp(passt, join(folder, 'passt'), { recursive: true });
  const PATH = [join(folder, 'passt'), process.env['PATH']].join(delimiter);
  env = { PATH, LANG, HOME: folder, TMPDIR: join(folder, 'tmp') };
  await asUser(vmctl, 'up');
  const user = JSON.stringify({ spec: { user: { backend: 'Passt' } } });
  if (passt) await asUser('kubectl', 'patch', 'vmn', 'default', '--type=merge', '-p', user);
});
afterAll(async () => {
  await asUser(vmctl, 'down', '--purge', '--yes');
  await rm(folder, { recursive: true, force: true });
});

test('an ordinary user has it all: a machine that runs, a snapshot with memory, a revert, a stop', async () => {
  await asUser(vmctl, 'image', 'import', join(folder, 'guest.img'), '--name', 'guest', '--format', 'raw', '--wait');
  await asUser(vmctl, 'create', 'mine', '--image', 'guest', '--memory', '64Mi', '--wait');
  expect(await get('.status.powerState')).toBe('Running');
  if (await passtFolder()) {
    expect(await get('.status.interfaces[0].backend')).toBe('Passt');
    const uid = await get('.metadata.uid');
    expect(findPassts().get(passtMac(uid, await get('.spec.interfaces[0].name')))).toBeDefined();
  }
  await asUser(vmctl, 'snapshot', 'create', 'mine', 'one', '--memory', '--wait');
  await asUser(vmctl, 'snapshot', 'revert', 'one', '--wait');
  expect(await asUser('kubectl', 'get', 'vmsn', 'one', '-o', 'jsonpath={.status.phase}')).toBe('Ready');
  await asUser(vmctl, 'stop', 'mine', '--force', '--wait');
  expect(await get('.status.powerState')).toBe('Stopped');
});

test('and status tells that there is no control group and no other user for qemu', async () => {
  expect(await get('.status.conditions[?(@.type=="Confined")].status')).toBe('False');
  const message = await get('.status.conditions[?(@.type=="Confined")].message');
  expect(message).toMatch(/own user/);
  expect(message).toMatch(/control group|cgroup/);
});

test('a network that only root can make says so, and what to do instead; a machine on it says it too', async () => {
  const file = join(folder, 'lan.json');
  const kind = 'VirtualMachineNetwork';
  const lan = { apiVersion: 'vmctl.dev/v1alpha1', kind, metadata: { name: 'lan' }, spec: { bridge: { name: 'br0' } } };
  const nat = { ...lan, metadata: { name: 'nat' }, spec: { nat: { cidr: '10.99.0.0/24' } } };
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [lan, nat] }));
  await asUser('kubectl', 'apply', '-f', file);
  for (const name of ['lan', 'nat']) {
    await asUser('kubectl', 'wait', 'vmn', name, '--for=condition=Ready=False', '--timeout=90s');
    const ready = await asUser(
      'kubectl',
      'get',
      'vmn',
      name,
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Ready")]}',
    );
    expect(JSON.parse(ready)).toMatchObject({
      reason: 'NeedsPrivilege',
      message: expect.stringContaining('run the executor as root, or use a network of the type user'),
    });
  }
  await asUser(vmctl, 'network', 'attach', 'mine', 'nat');
  await asUser(vmctl, 'start', 'mine');
  await asUser('kubectl', 'wait', 'vm', 'mine', '--for=condition=NetworksReady=False', '--timeout=90s');
  expect(await get('.status.conditions[?(@.type=="NetworksReady")].message')).toContain('only root');
  await asUser('kubectl', 'delete', 'vmn', 'lan', 'nat', '--timeout=90s');
});

test('the state is in the user’s own folder', async () => {
  const status = await asUser(vmctl, 'status');
  expect(status).toContain(join(folder, '.local/share/vmctl'));
});
