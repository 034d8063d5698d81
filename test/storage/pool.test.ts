import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseMounts, readMounts } from '../../executor/host/mounts.ts';
import { ensureMounted, ensureUnmounted } from '../../executor/storage/pool/mount.ts';
import { planMount, planUnmount } from '../../executor/storage/pool/mount-plan.ts';
import { explainMount, nfsMount } from '../../executor/storage/pool/nfs.ts';

const PLACE = { name: 'shared', home: '/var/lib/vmctl' };
const TARGET = '/var/lib/vmctl/mounts/shared';
const mount = nfsMount({ server: 'nas.example', path: '/export/vms, all', options: ['vers=4.2', 'suid'] }, PLACE);
const argv = [
  ...['mount', '-t', 'nfs', '-o', 'vers=4.2,suid,nosuid,nodev'],
  ...['--source', 'nas.example:/export/vms, all', '--target', TARGET],
];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('an export is mounted by words that only mount takes as they are meant', () => {
  expect(planMount(mount, [{ target: '/', type: 'ext4', source: '/dev/vda' }])).toEqual([{ type: 'mount', argv }]);
});

test('what is mounted stays; what is mounted in its place goes first', () => {
  const there = { target: TARGET, type: 'nfs4', source: mount.source };
  expect(planMount(mount, [there])).toEqual([]);
  const unmount = { type: 'unmount', argv: ['umount', '--', TARGET] };
  expect(planMount(mount, [{ ...there, source: 'old.example:/' }])).toEqual([unmount, { type: 'mount', argv }]);
  expect(planMount(mount, [there, { ...there, type: 'tmpfs' }])).toEqual([unmount, { type: 'mount', argv }]);
  expect(planUnmount(TARGET, [there, { target: '/', type: 'ext4', source: '/dev/vda' }])).toEqual([unmount]);
  expect(planUnmount(TARGET, [])).toEqual([]);
});

test('an IPv6 server stands in brackets, and no options means only ours', () => {
  expect(nfsMount({ server: 'fd00::5', path: '/e' }, PLACE).source).toBe('[fd00::5]:/e');
  expect(planMount(nfsMount({ server: 'nas', path: '/e' }, PLACE), [])[0]?.argv).toContain('nosuid,nodev');
});

test('mountinfo is read with what it escapes', () => {
  const line = String.raw`36 35 0:40 / /srv/a\040b\134c rw,nosuid shared:1 master:2 - nfs4 nas:/x\040y rw,vers=4.2`;
  expect(parseMounts(`${line}\nnonsense\n`)).toEqual([{ target: '/srv/a b\\c', type: 'nfs4', source: 'nas:/x y' }]);
});

test.each([
  ["mount: unknown filesystem type 'nfs'.", 'NfsNotSupported', 'install nfs-common'],
  ['mount.nfs: access denied by server while mounting nas:/e', 'AccessDenied', 'have the server export it'],
  [
    'mount.nfs: mounting nas:/e failed, reason given by server: No such file or directory',
    'ExportNotFound',
    'nfs.path',
  ],
  ['mount.nfs: Connection refused', 'ServerUnreachable', 'server is up'],
  ['mount: /x: must be superuser to use mount.', 'NotPermitted', 'run the executor as root'],
  ['mount: something new', 'MountFailed', 'by hand'],
])('"%s" is %s', (said, reason, advice) => {
  const found = explainMount(mount, `Command failed: mount -t nfs\n${said}\n`);
  expect(found.reason).toBe(reason);
  expect(found.message).toContain(said);
  expect(found.message).toContain(advice);
});

test('mounting and unmounting converge however often they are asked for', async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-mount-'));
  folders.push(folder);
  const target = join(folder, 'mounts', 'a pool');
  const wanted = { type: 'tmpfs', source: 'vmctl test', target, options: ['size=1m'] };
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'probe', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
  } catch {
    skip('this user may not mount');
  }
  await ensureMounted(wanted);
  writeFileSync(join(target, 'kept'), 'x');
  await ensureMounted(wanted);
  const mounted = async () => (await readMounts()).filter((one) => one.target === target).map(({ source }) => source);
  expect(await mounted()).toEqual(['vmctl test']);
  await ensureMounted({ ...wanted, source: 'another' });
  expect(await mounted()).toEqual(['another']);
  await ensureUnmounted(target);
  await ensureUnmounted(target);
  expect(await mounted()).toEqual([]);
});
