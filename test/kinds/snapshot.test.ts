import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { writtenNumbers } from '../fixtures/guests/writer.ts';
import { machine, numbers, revert, snapshot, status, stop, taken, volume, written } from './counting.ts';
import { startNode, wait } from './node.ts';
import { because, ready } from './world.ts';

test('a stopped machine: taken, listed by the volume, reverted, deleted', async () => {
  await using node = await startNode();
  await machine(node);
  await stop(node);
  const last = (await numbers(node, 'W')).at(-1) ?? 0;
  await snapshot(node, 'before');
  const object = await taken(node, 'before');
  const tag = `vmctl-${object.metadata.uid}`;
  expect(object.status).toMatchObject({
    phase: 'Ready',
    ready: true,
    consistency: 'Crash',
    powerState: 'Stopped',
    disks: [{ name: 'root', disk: 'web-root', tag }],
  });
  expect(object.metadata.ownerReferences).toMatchObject([{ kind: 'VirtualMachine', name: 'web' }]);
  const listed = execFileSync('qemu-img', ['snapshot', '-l', volume(node)], { encoding: 'utf8' });
  expect(listed).toContain(tag);
  expect(await listSnapshots(volume(node))).toMatchObject([{ id: '1', name: tag, memoryBytes: 0n }]);
  expect((await status(node))?.currentSnapshot).toBe('before');

  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  await written(node, 3, last);
  await stop(node);
  await revert(node, 'before', 'once');
  expect((await node.get('VirtualMachine', 'web'))?.spec.powerState).toBe('Stopped');
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  const found = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 3,
  );
  expect(found[2]).toBeGreaterThanOrEqual(last);
  expect(found[2]).toBeLessThanOrEqual(last + 1);
  expect(found[2]).toBe(found[1]);
  await stop(node);
  await node.remove('VirtualMachineSnapshot', 'before');
  await node.gone('VirtualMachineSnapshot', 'before');
  expect(await listSnapshots(volume(node))).toEqual([]);
  expect((await status(node))?.currentSnapshot).toBeUndefined();
});

test('a running machine without memory: it goes on, and a revert starts it from the disk as it was', async () => {
  await using node = await startNode();
  await machine(node, 'Running', [{ name: 'data', blank: { size: '1Mi' }, iotune: { totalIops: 1000 } }]);
  const before = await written(node, 2);
  await snapshot(node, 'live');
  const object = await taken(node, 'live');
  const at = (await numbers(node, 'W')).at(-1) ?? 0;
  expect(object.status).toMatchObject({ consistency: 'Crash', powerState: 'Running' });
  expect(object.status?.disks?.map(({ name }) => name)).toEqual(['root', 'data']);
  expect(object.status?.size).toBeUndefined();
  await node.patch('VirtualMachineDisk', 'web-data', { spec: { size: '4Mi' } });
  await node.until('VirtualMachineDisk', 'web-data', ({ status: now }) => now?.virtualSize === '4Mi');
  const moments = await Promise.all(['web-root', 'web-data'].map((disk) => listSnapshots(volume(node, disk))));
  expect(moments.flat()).toHaveLength(2);
  await written(node, 5, at);
  const { pid } = (await status(node)) ?? {};
  await revert(node, 'live', 'once');
  const found = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 2,
  );
  expect(found[1]).toBeGreaterThanOrEqual(before);
  expect(found[1]).toBeLessThanOrEqual(at + 1);
  await node.until('VirtualMachine', 'web', ({ status: now }) => now?.powerState === 'Running' && now.pid !== pid);
  expect((await status(node))?.lastStop?.message).toContain('put back to the snapshot live');
  await node.remove('VirtualMachineSnapshot', 'live');
  await node.gone('VirtualMachineSnapshot', 'live');
  expect(await listSnapshots(volume(node))).toEqual([]);
  expect(await listSnapshots(volume(node, 'web-data'))).toEqual([]);
});

test('a running machine with memory: a revert goes on in the middle of the guest, running or stopped', async () => {
  await using node = await startNode();
  await machine(node);
  await snapshot(node, 'mem', { memory: true });
  const object = await taken(node, 'mem');
  const at = (await numbers(node, 'W')).at(-1) ?? 0;
  expect(object.status).toMatchObject({ consistency: 'Memory', powerState: 'Running' });
  expect(object.status?.size).toMatch(/^[0-9]+(Ki|Mi)?$/);
  await node.until('VirtualMachine', 'web', ({ status: now }) => now?.powerState === 'Running');
  const late = await written(node, 8, at);

  await revert(node, 'mem', 'running');
  const again = await wait(
    () => numbers(node, 'W'),
    (all) => all.indexOf(late) >= 0 && all.slice(all.indexOf(late) + 1).some((number) => number <= at + 1),
  );
  expect(again.filter((number) => number === at + 1).length).toBeGreaterThanOrEqual(1);
  expect(await numbers(node, 'R')).toHaveLength(1);

  await stop(node);
  await revert(node, 'mem', 'stopped');
  await node.until(
    'VirtualMachine',
    'web',
    ({ spec, status: now }) => spec.powerState === 'Running' && now?.powerState === 'Running',
  );
  const end = (await numbers(node, 'W')).length;
  await wait(
    () => numbers(node, 'W'),
    (all) => all.length > end,
  );
  expect(await numbers(node, 'R')).toHaveLength(1);
  expect((await node.get('VirtualMachineSnapshot', 'mem'))?.status?.reverted).toBe('stopped');
  await node.remove('VirtualMachineSnapshot', 'mem');
  await node.gone('VirtualMachineSnapshot', 'mem');
  expect(await listSnapshots(volume(node))).toEqual([]);
});

test('a paused machine comes back paused', async () => {
  await using node = await startNode();
  await machine(node);
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Paused' } });
  await node.until('VirtualMachine', 'web', ({ status: now }) => now?.powerState === 'Paused');
  await snapshot(node, 'mem', { memory: true });
  expect((await taken(node, 'mem')).status?.powerState).toBe('Paused');
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  const at = (await numbers(node, 'W')).at(-1) ?? 0;
  await written(node, 2, at);
  await revert(node, 'mem', 'once');
  const machineNow = await node.until('VirtualMachine', 'web', ({ status: now }) => now?.powerState === 'Paused');
  expect(machineNow.spec.powerState).toBe('Paused');
});

test('a chain of snapshots knows its parents, and the same token reverts once', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  for (const name of ['one', 'two', 'three']) {
    await snapshot(node, name);
    await taken(node, name);
    await node.until('VirtualMachine', 'web', ({ status: now }) => now?.currentSnapshot === name);
  }
  const parents = async (name: string) => (await node.get('VirtualMachineSnapshot', name))?.status?.parent;
  expect([await parents('one'), await parents('two'), await parents('three')]).toEqual([undefined, 'one', 'two']);
  await revert(node, 'one', 'token');
  expect((await status(node))?.currentSnapshot).toBe('one');
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  const at = await written(node, 3);
  await node.patch('VirtualMachineSnapshot', 'one', { metadata: { labels: { touched: 'yes' } } });
  await node.restart();
  await written(node, 3, at);
  expect(await numbers(node, 'R')).toHaveLength(1);
});

test('a disk is copied out of a snapshot while the machine runs', async () => {
  await using node = await startNode();
  await machine(node);
  await snapshot(node, 'source');
  await taken(node, 'source');
  const at = (await numbers(node, 'W')).at(-1) ?? 0;
  const source = { snapshot: { name: 'source', disk: 'root' } };
  await node.create('VirtualMachineDisk', 'copy', { format: 'raw', source });
  await written(node, 2, at);
  const copy = await node.until('VirtualMachineDisk', 'copy', because('Ready'));
  const held = writtenNumbers(readFileSync(copy.status?.path ?? ''));
  expect(held.at(-1)).toBeGreaterThanOrEqual(3);
  expect(held.at(-1)).toBeLessThanOrEqual(at + 1);
  await node.create('VirtualMachineDisk', 'none', { source: { snapshot: { name: 'source', disk: 'other' } } });
  const none = await node.until('VirtualMachineDisk', 'none', because('SnapshotHasNoDisk'));
  expect(ready(none)?.message).toContain('it has root');
});

test('what was done is told in events of the snapshot and of the machine', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  await snapshot(node, 'told');
  await taken(node, 'told');
  await revert(node, 'told', 'once');
  const reasons = async (name: string) => {
    const { items } = await node.client.list<KubeObject & { reason: string; involvedObject: { name: string } }>(
      core('events'),
    );
    return items.filter(({ involvedObject }) => involvedObject.name === name).map(({ reason }) => reason);
  };
  await wait(
    () => reasons('told'),
    (all) => all.includes('SnapshotTaken') && all.includes('Reverted'),
  );
  await wait(
    () => reasons('web'),
    (all) => all.includes('SnapshotTaken') && all.includes('Reverted'),
  );
});
