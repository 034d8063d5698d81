import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type SshServer, sshServer } from '../fixtures/sshd.ts';
import { type CliHome, cliHome } from './cli-home.ts';

/** libvirt's test driver calls its machines `test`; all else is what qemu's would say. */
const VIRSH = `#!/bin/bash
set -o pipefail
/usr/bin/virsh "$@" | sed -u "s/<domain type='test'/<domain type='kvm'/"
`;

const present = existsSync('/usr/bin/virsh') && existsSync('/usr/sbin/sshd') && process.getuid?.() === 0;
if (!present) console.log('skipped: virsh, sshd or root is not there');

let home: CliHome;
let server: SshServer;

const machine = (
  name: string,
  file: string,
  state: string,
  format = 'raw',
): string => `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
<name>${name}</name><memory>262144</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='vda' bus='virtio'/></disk></devices>
<test:runstate>${state}</test:runstate></domain>`;

/** State 1 is running, 5 is shut off. Source: virDomainState */
const node = (file: string, overlay: string): string =>
  `<node>${machine('web', file, '5')}${machine("it's on", file, '1')}${machine('clone', overlay, '5', 'qcow2')}</node>`;

const SIZE = 64 * 1024 ** 2;
const WORDS = 'what the guest wrote';

beforeAll(async () => {
  if (!present) return;
  [home, server] = await Promise.all([cliHome(), sshServer({ virsh: VIRSH })]);
  const file = join(server.folder, 'a disk.raw');
  writeFileSync(file, WORDS);
  truncateSync(file, SIZE);
  const overlay = join(server.folder, 'overlay.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', file, '-F', 'raw', overlay]);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 1M 64k', overlay], { stdio: 'ignore' });
  writeFileSync(join(server.folder, 'node.xml'), node(file, overlay));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

const from = (path = join(server.folder, 'node.xml')): string =>
  `test+ssh://${server.user}@127.0.0.1:${server.port}${path}?keyfile=${server.keyFile}`;

const documents = (text: string): { kind: string; metadata: { name: string }; spec: Record<string, unknown> }[] =>
  parseAllDocuments(text).map((one) => one.toJS());

test.skipIf(!present)('all machines of a host come over, and its key is kept', async () => {
  const { code, stdout, stderr } = await home.vmctl('import', '--from', from(), '-o', 'yaml');
  expect(code, stderr).toBe(0);
  const machines = documents(stdout).filter(({ kind }) => kind === 'VirtualMachine');
  const names = machines.map(({ metadata }) => metadata.name).sort();
  expect(names).toEqual(['clone', expect.stringMatching(/^it-s-on-/), 'web']);
  expect(stderr).toMatch(/the key of 127\.0\.0\.1:\d+ is new and kept from now on: SHA256:/);
  expect(stderr).toMatch(/it's on is no name of Kubernetes: it is it-s-on-\w+ here/);
  const again = await home.vmctl('import', '--from', from(), 'web', '-o', 'name', '--dry-run', 'client');
  expect(again.stderr).not.toMatch(/is new/);
  expect(again.stdout).toContain('virtualmachine.vmctl.dev/web');
});

test.skipIf(!present)('disks are copied sparse, and are the machine’s own here', async () => {
  const folder = join(home.folder, 'copies');
  const { code, stdout, stderr } = await home.vmctl(
    'import',
    '--from',
    from(),
    'web',
    '--with-disks',
    '--to',
    folder,
    '-o',
    'yaml',
  );
  expect(code, stderr).toBe(0);
  const copy = join(folder, 'web-vda.img');
  const { size, blocks } = statSync(copy);
  expect(size).toBe(SIZE);
  expect(blocks * 512).toBeLessThanOrEqual(1024 ** 2);
  expect(readFileSync(copy).subarray(0, WORDS.length).toString()).toBe(WORDS);
  expect(stderr).toContain('web-vda: copied');
  const objects = documents(stdout);
  expect(objects.map(({ kind }) => kind)).toEqual(['VirtualMachineImage', 'VirtualMachineDisk', 'VirtualMachine']);
  expect(objects[0]?.spec).toMatchObject({ source: { file: { path: copy } }, format: 'raw' });
  expect(objects[2]?.spec).toMatchObject({ disks: [{ name: 'vda', disk: { name: 'web-vda' }, bus: 'virtio' }] });
});

test.skipIf(!present)('a chain of files comes as one, also where the XML does not tell of it', async () => {
  const folder = join(home.folder, 'chains');
  const args = ['import', '--from', from(), 'clone', '--with-disks', '--to', folder, '-o', 'yaml'];
  const { code, stdout, stderr } = await home.vmctl(...args);
  expect(code, stderr).toBe(0);
  expect(readdirSync(folder)).toEqual(['clone-vda.img']);
  const raw = join(folder, 'raw');
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', join(folder, 'clone-vda.img'), raw]);
  const content = readFileSync(raw);
  expect(content.subarray(0, WORDS.length).toString()).toBe(WORDS);
  expect(content[1024 ** 2]).toBe(7);
  expect(documents(stdout)[0]?.spec).toMatchObject({ format: 'qcow2' });
});

test.skipIf(!present)('a machine that runs is not copied unless that is asked for; shut down, it is', async () => {
  const folder = join(home.folder, 'running');
  const args = ['import', '--from', from(), "it's on", '--with-disks', '--to', folder, '-o', 'yaml'];
  const refused = await home.vmctl(...args);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/it's on runs: its disks change[\s\S]*--shutdown[\s\S]*--live/);
  const done = await home.vmctl(...args, '--shutdown');
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).toContain("it's on: shutting down");
  const live = await home.vmctl(...args.with(6, join(home.folder, 'live')), '--live');
  expect(live.stderr).toContain('paused while its disks are copied');
});

test.skipIf(!present)('what goes wrong over there is said', async () => {
  const cases: readonly [string[], RegExp][] = [
    [['--from', from(), 'nobody'], /virsh dumpxml on 127\.0\.0\.1: .*nobody/],
    [['--from', from('/none.xml')], /virsh list on 127\.0\.0\.1: .*none\.xml/],
    [['--from', 'qemu:///system'], /is no address of a libvirt over SSH/],
    [['--from', 'qemu+ssh://root:secret@127.0.0.1/system'], /a password in --from would be seen/],
    [['--from', from(), 'web', '--shutdown'], /with-disks/],
    [['--from', from().replace(/keyfile=.*/, 'keyfile=/none')], /the key \/none cannot be read/],
    [['--from', `qemu+ssh://root@127.0.0.1:1/system?keyfile=${server.keyFile}`], /no SSH connection to 127\.0\.0\.1:1/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await home.vmctl('import', ...args);
    expect(code, stderr).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
  }
});

test.skipIf(!present)('disks are sent to the API as images, and the machine has disks made of them', async () => {
  await home.up();
  const said = await home.vmctl('import', '--from', from(), 'web', '--with-disks');
  expect(said.code, said.stderr).toBe(0);
  for (const object of [
    'virtualmachineimage.vmctl.dev/web-vda',
    'virtualmachinedisk.vmctl.dev/web-vda',
    'virtualmachine.vmctl.dev/web',
  ]) {
    expect(said.stdout).toContain(`${object} created`);
  }
  await home.ok('wait', 'vmd/web-vda', '--for', 'condition=Ready', '--timeout', '60s');
  const disk = JSON.parse(await home.ok('get', 'vmd', 'web-vda', '-o', 'json')) as { status: { path: string } };
  expect(readFileSync(disk.status.path).subarray(0, WORDS.length).toString()).toBe(WORDS);
  const xml = await home.ok('export', 'web');
  expect(xml).toContain(`<source file='${disk.status.path}'/>`);
});

test.skipIf(!present)('another key than the last time is refused', async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.folder, 'other')]);
  const other = readFileSync(join(server.folder, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const known = join(home.folder, '.local/state/vmctl/known_hosts');
  writeFileSync(known, `vmctl-127.0.0.1:${server.port} ${other}\n`);
  const { code, stderr } = await home.vmctl('import', '--from', from(), 'web', '-o', 'yaml');
  expect(code).toBe(5);
  expect(stderr).toMatch(/is not the one that it had/);
});
