import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rescueSocket } from '../../executor/qemu/sockets.ts';
import { connectQmp, runJob } from '../../executor/qmp/index.ts';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { takeSnapshot } from '../../executor/storage/qemu-img/index.ts';
import { smallDisk } from '../e2e/tmpfs.ts';
import { machine, numbers, snapshot, taken, volume, written } from './counting.ts';
import { startNode, wait } from './node.ts';
import { because, ready } from './world.ts';

test('a raw disk with the method Internal is refused with its name and what to do', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped', [{ name: 'scratch', blank: { size: '1Mi', format: 'raw' } }]);
  await node.until('VirtualMachineDisk', 'web-scratch', because('Ready'));
  await snapshot(node, 'all');
  const refused = await node.until('VirtualMachineSnapshot', 'all', because('FormatNotSupported'));
  expect(refused.status).toMatchObject({ phase: 'Failed', ready: false });
  expect(ready(refused)?.message).toContain('the disk scratch (web-scratch) is raw');
  expect(ready(refused)?.message).toContain('name only qcow2 disks in spec.disks');
  expect(await listSnapshots(volume(node))).toEqual([]);
  await node.patch('VirtualMachineSnapshot', 'all', { spec: { disks: ['root'] } });
  await taken(node, 'all');
});

test.each([['DiskNotFound', { disks: ['nothing'] }]])('%s is told', async (reason, spec) => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  await snapshot(node, 'no', spec);
  const refused = await node.until('VirtualMachineSnapshot', 'no', because(reason));
  expect(ready(refused)?.message.length).toBeGreaterThan(20);
  expect(await listSnapshots(volume(node))).toEqual([]);
});

test('a snapshot waits for its machine and goes with it', async () => {
  await using node = await startNode();
  await snapshot(node, 'early');
  await node.until('VirtualMachineSnapshot', 'early', because('MachineNotFound'));
  await machine(node, 'Stopped');
  await taken(node, 'early');
  await node.remove('VirtualMachine', 'web');
  await node.gone('VirtualMachineSnapshot', 'early');
  await node.gone('VirtualMachineDisk', 'web-root');
  expect(existsSync(volume(node))).toBe(false);
});

test('a snapshot that expired is deleted', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  await snapshot(node, 'short', { expiresAfter: '4s' });
  await taken(node, 'short');
  await node.gone('VirtualMachineSnapshot', 'short');
  expect(await listSnapshots(volume(node))).toEqual([]);
});

test('a snapshot that somebody took out of the volume is not ready any more', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  await snapshot(node, 'lost');
  const object = await taken(node, 'lost');
  execFileSync('qemu-img', ['snapshot', '-d', `vmctl-${object.metadata.uid}`, volume(node)]);
  await node.patch('VirtualMachineSnapshot', 'lost', { spec: { revert: 'now' } });
  const broken = await node.until('VirtualMachineSnapshot', 'lost', because('SnapshotIncomplete'));
  expect(broken.status).toMatchObject({ ready: false });
  expect(broken.status?.reverted).toBeUndefined();
});

test('an executor that was killed after a snapshot was made, or in the middle of it, converges', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped', [{ name: 'data', blank: { size: '1Mi' } }]);
  await node.until('VirtualMachineDisk', 'web-data', because('Ready'));
  await snapshot(node, 'cut');
  const object = await taken(node, 'cut');
  const tag = `vmctl-${object.metadata.uid}`;
  await node.controllers.close();
  const announced = { ...object.status, phase: 'Taking', ready: false, takenAt: null, conditions: null };
  await node.client.patch(
    { group: 'vmctl.dev', version: 'v1alpha1', plural: 'virtualmachinesnapshots', namespaced: true },
    { namespace: 'default', name: 'cut', subresource: 'status' },
    { status: announced },
  );
  execFileSync('qemu-img', ['snapshot', '-d', tag, volume(node, 'web-data')]);
  await node.restart();
  await taken(node, 'cut');
  for (const disk of ['web-root', 'web-data']) {
    expect((await listSnapshots(volume(node, disk))).map(({ name }) => name)).toEqual([tag]);
  }
});

test('our own list of snapshots is that of qemu-img', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  const path = volume(node);
  for (const name of ['a', 'a longer name, with ümlauts', 'vmctl-x']) await takeSnapshot(path, name);
  const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' }));
  const listed = await listSnapshots(path);
  expect(listed.map(({ id, name }) => ({ id, name }))).toEqual(
    info.snapshots.map(({ id, name }: { id: string; name: string }) => ({ id, name })),
  );
  expect(Math.floor((listed[0]?.takenAt ?? 0) / 1000)).toBe(info.snapshots[0]['date-sec']);
  expect(readFileSync(path).length).toBeGreaterThan(0);
});

test.each([false, true])('a volume that is full fails the snapshot of all disks, memory %s', async (memory) => {
  const small = smallDisk(4);
  if (!small) return;
  onTestFinished(() => small[Symbol.dispose]());
  await using node = await startNode();
  await node.create('VirtualMachineStoragePool', 'small', { dir: { path: small.path } });
  await machine(node, 'Running', [{ name: 'data', blank: { size: '1Mi', pool: 'small' } }]);
  await small.fill();
  await snapshot(node, 'all', { memory });
  const failed = await node.until('VirtualMachineSnapshot', 'all', because('NoSpace'));
  expect(failed.status?.phase).toBe('Failed');
  expect(await listSnapshots(volume(node))).toEqual([]);
  expect(await listSnapshots(join(small.path, 'disks', 'default', 'web-data.qcow2'))).toEqual([]);
  await written(node, 2, (await numbers(node, 'W')).at(-1));
  expect(await numbers(node, 'R')).toHaveLength(1);
  small.free();
  await node.patch('VirtualMachineSnapshot', 'all', { spec: { expiresAfter: '24h' } });
  await taken(node, 'all');
});

test('a disk that is being copied is told to be busy, and the snapshot is taken once it is not', async () => {
  await using node = await startNode();
  await machine(node);
  const { metadata } = await node.until('VirtualMachine', 'web', because('Running'));
  const qmp = await connectQmp(rescueSocket(join(node.folder, 'machines', metadata.uid ?? '')));
  onTestFinished(() => qmp.close());
  await qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': 'nowhere', size: 2 * 1024 ** 2 });
  const copy = { 'job-id': 'copy', device: 'disk-root', target: 'nowhere', sync: 'none' } as const;
  await qmp.execute('blockdev-backup', { ...copy, 'auto-finalize': false, 'auto-dismiss': false });
  await snapshot(node, 'one');
  const failed = await node.until('VirtualMachineSnapshot', 'one', because('DiskBusy'));
  expect(failed.status?.phase).toBe('Failed');
  expect(ready(failed)?.message).toContain('it is tried again, later and later');
  await qmp.execute('job-cancel', { id: 'copy' });
  await wait(
    () => qmp.execute('query-jobs'),
    (jobs) => jobs.every(({ status }) => status === 'concluded'),
  );
  await node.patch('VirtualMachineSnapshot', 'one', { spec: { expiresAfter: '24h' } });
  await taken(node, 'one');
});

test('a snapshot that qemu lost on a full disk is still deleted from the volume', async () => {
  const small = smallDisk(8);
  if (!small) return;
  onTestFinished(() => small[Symbol.dispose]());
  await using node = await startNode();
  await node.create('VirtualMachineStoragePool', 'small', { dir: { path: small.path } });
  await machine(node, 'Running', [{ name: 'data', blank: { size: '1Mi', pool: 'small' } }]);
  const data = join(small.path, 'disks', 'default', 'web-data.qcow2');
  const tags: string[] = [];
  for (const name of ['one', 'two']) {
    await snapshot(node, name);
    tags.push(`vmctl-${(await taken(node, name)).metadata.uid}`);
  }
  const [tag = '', ...others] = tags;
  const web = await node.get('VirtualMachine', 'web');
  const qmp = await connectQmp(rescueSocket(join(node.folder, 'machines', web?.metadata.uid ?? '')));
  onTestFinished(() => qmp.close());
  await small.fill();
  const devices = ['disk-data'];
  await expect(
    runJob(qmp, 'lose', () => qmp.execute('snapshot-delete', { 'job-id': 'lose', tag, devices })),
  ).rejects.toThrow(/snapshot/);
  expect((await listSnapshots(data)).map(({ name }) => name)).toEqual(tags);
  await node.remove('VirtualMachineSnapshot', 'one');
  const full = await node.until('VirtualMachineSnapshot', 'one', because('RemovalFailed'));
  expect(ready(full)?.message).toContain('or stop the machine');
  small.free();
  await node.gone('VirtualMachineSnapshot', 'one');
  for (const path of [data, volume(node)]) {
    expect((await listSnapshots(path)).map(({ name }) => name)).toEqual(others);
  }
});
