import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { writtenNumbers } from '../fixtures/guests/writer.ts';
import { machine, numbers, snapshot, stop, volume, written } from './counting.ts';
import { type Node, startNode } from './node.ts';
import { because, ready } from './world.ts';

async function withPool(): Promise<Node> {
  const node = await startNode();
  await node.create('VirtualMachineStoragePool', 'vault', { dir: { path: join(node.folder, 'vault') } });
  return node;
}

const backup = (node: Node, name: string, more: object = {}) =>
  snapshot(node, name, { backup: { pool: 'vault', ...more } });
async function made(node: Node, name: string) {
  const object = await node.until('VirtualMachineSnapshot', name, ({ status: now }) =>
    ['Ready', 'Failed'].includes(now?.phase ?? ''),
  );
  expect(ready(object)?.message).toBe('a machine can be restored from it');
  return object;
}
/** The content of a copy, or of a volume, as a raw disk. */
function content(path: string, node: Node): Buffer {
  const raw = join(node.folder, 'content.raw');
  execFileSync('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', path, raw]);
  const bytes = readFileSync(raw);
  rmSync(raw);
  return bytes;
}
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const last = async (node: Node) => (await numbers(node, 'W')).at(-1) ?? 0;

test('a running machine: full, then incremental; both hold what was acknowledged, and a restored disk has the same hash', async () => {
  await using node = await withPool();
  await machine(node);
  const before = await last(node);
  await backup(node, 'one');
  const one = await made(node, 'one');
  expect(one.status).toMatchObject({
    phase: 'Ready',
    backup: { type: 'Full', reason: 'there is no earlier backup in the pool' },
    disks: [{ name: 'root', disk: 'web-root', virtualSize: '2Mi' }],
    machine: { memory: { size: '32Mi' } },
  });
  expect(one.metadata.ownerReferences).toBeUndefined();
  const file = one.status?.disks?.[0]?.path ?? '';
  expect(writtenNumbers(content(file, node)).at(-1)).toBeGreaterThanOrEqual(before);
  const first = hash(content(file, node));
  const at = await written(node, 5, await last(node));
  await backup(node, 'two');
  const two = await made(node, 'two');
  expect(two.status?.backup).toMatchObject({ type: 'Incremental', base: 'one' });
  const second = two.status?.disks?.[0]?.path ?? '';
  expect(writtenNumbers(content(second, node)).at(-1)).toBeGreaterThanOrEqual(at);
  expect(hash(content(file, node))).toBe(first);

  for (const [name, path] of [
    ['one', file],
    ['two', second],
  ] as const) {
    await node.create('VirtualMachineDisk', `from-${name}`, { source: { snapshot: { name, disk: 'root' } } });
    const restored = await node.until('VirtualMachineDisk', `from-${name}`, because('Ready'));
    expect(hash(content(restored.status?.path ?? '', node))).toBe(hash(content(path, node)));
  }
  const kept = hash(content(second, node));
  await node.remove('VirtualMachineSnapshot', 'one');
  await node.gone('VirtualMachineSnapshot', 'one');
  expect(existsSync(file)).toBe(false);
  expect(hash(content(second, node))).toBe(kept);
  expect((await node.get('VirtualMachineSnapshot', 'two'))?.status?.backup).toMatchObject({ type: 'Full' });
  await stop(node);
  await node.remove('VirtualMachine', 'web');
  await node.gone('VirtualMachine', 'web');
  expect(hash(content(second, node))).toBe(kept);
  expect((await node.get('VirtualMachineSnapshot', 'two'))?.status?.ready).toBe(true);
});

test('a stopped machine: changes are known across stops and starts, until qemu is killed: then all is copied, and it is told why', async () => {
  await using node = await withPool();
  await machine(node);
  await stop(node);
  await backup(node, 'off');
  expect((await made(node, 'off')).status).toMatchObject({ powerState: 'Stopped', backup: { type: 'Full' } });
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  await written(node, 3, await last(node));
  await stop(node);
  const now = await last(node);
  await backup(node, 'changes');
  const changes = await made(node, 'changes');
  expect(changes.status?.backup).toMatchObject({ type: 'Incremental', base: 'off' });
  expect(hash(content(changes.status?.disks?.[0]?.path ?? '', node))).toBe(hash(content(volume(node), node)));
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running', restartPolicy: 'Always' } });
  await written(node, 3, now);
  const running = await node.until(
    'VirtualMachine',
    'web',
    ({ status: now }) => now?.powerState === 'Running' && now.pid !== undefined,
  );
  process.kill(running.status?.pid ?? Number.NaN, 'SIGKILL');
  await written(node, 3, await last(node));
  await backup(node, 'torn');
  const torn = await made(node, 'torn');
  expect(torn.status?.backup?.type).toBe('Full');
  expect(torn.status?.backup?.reason).toContain('its bitmap is inconsistent, since qemu did not end in order');
  await backup(node, 'again');
  expect((await made(node, 'again')).status?.backup).toMatchObject({ type: 'Incremental', base: 'torn' });
});

test('a revert, a raw disk and a wish make a full backup, each with its reason', async () => {
  await using node = await withPool();
  await machine(node, 'Stopped', [{ name: 'raw', blank: { size: '1Mi', format: 'raw' } }]);
  await node.until('VirtualMachineDisk', 'web-raw', because('Ready'));
  await backup(node, 'all');
  await made(node, 'all');
  await backup(node, 'all-2');
  expect((await made(node, 'all-2')).status?.backup?.reason).toContain('the disk raw is raw');
  await snapshot(node, 'r1', { backup: { pool: 'vault' }, disks: ['root'] });
  expect((await made(node, 'r1')).status?.backup).toEqual(
    expect.objectContaining({ type: 'Incremental', base: 'all-2' }),
  );
  await snapshot(node, 'point', { disks: ['root'] });
  await node.until('VirtualMachineSnapshot', 'point', because('Ready'));
  await node.patch('VirtualMachineSnapshot', 'point', { spec: { revert: 'back' } });
  await node.until('VirtualMachineSnapshot', 'point', ({ status: now }) => now?.reverted === 'back');
  await snapshot(node, 'r2', { backup: { pool: 'vault' }, disks: ['root'] });
  expect((await made(node, 'r2')).status?.backup?.reason).toContain(
    'was put back, copied or frozen by a snapshot since',
  );
  await snapshot(node, 'r3', { backup: { pool: 'vault', mode: 'Full' }, disks: ['root'] });
  expect((await made(node, 'r3')).status?.backup?.reason).toBe('everything was asked for');
  await node.patch('VirtualMachineSnapshot', 'r3', { spec: { revert: 'no' } });
  const refused = await node.until(
    'VirtualMachineSnapshot',
    'r3',
    ({ status: now }) =>
      now?.conditions?.some(({ type, status: holds }) => type === 'Reverted' && holds === 'False') ?? false,
  );
  expect(refused.status?.conditions?.find(({ type }) => type === 'Reverted')?.message).toContain('vmctl restore r3');
  rmSync(dirname((await made(node, 'r2')).status?.disks?.[0]?.path ?? ''), { recursive: true });
  await node.patch('VirtualMachineSnapshot', 'r2', { metadata: { labels: { looked: 'again' } } });
  const lost = await node.until('VirtualMachineSnapshot', 'r2', because('SnapshotIncomplete'));
  expect(lost.status?.ready).toBe(false);
});
