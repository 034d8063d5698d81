import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { machine, numbers, revert, snapshot, stop, taken, volume, written } from './counting.ts';
import { type Node, startNode, wait } from './node.ts';
import { because, ready } from './world.ts';

const DATA = { name: 'data', blank: { size: '1Mi' } };
/** Between the guest's boot sector and the blocks that it writes. */
const FREE_BYTE = 16 * 1024;

const io = (path: string, command: string): string =>
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', command, path], { encoding: 'utf8' });
const mark = (path: string, pattern: number) => io(path, `write -P ${pattern} ${FREE_BYTE} 512`);
const marked = (path: string, pattern: number): boolean =>
  !/verification failed/i.test(io(path, `read -P ${pattern} ${FREE_BYTE} 512`));

/** Writes over bytes of a file. @returns what puts back those that were there */
function damage(path: string, at: number, bytes: Buffer): () => void {
  const before = Buffer.alloc(bytes.length);
  const put = (content: Buffer) => {
    const file = openSync(path, 'r+');
    if (content !== before) readSync(file, before, 0, before.length, at);
    writeSync(file, content, 0, content.length, at);
    closeSync(file);
  };
  put(bytes);
  return () => put(before);
}

/** qemu still lists the first snapshot of a volume, and refuses to put the volume back to it: its table is where none can be. */
function damageSnapshot(path: string): () => void {
  const table = Number(readFileSync(path).readBigUInt64BE(64));
  const nowhere = Buffer.alloc(8);
  nowhere.writeBigUInt64BE(513n);
  return damage(path, table, nowhere);
}

async function twoMarkedDisks(node: Node): Promise<readonly string[]> {
  await machine(node, 'Stopped', [DATA]);
  await node.until('VirtualMachineDisk', 'web-data', because('Ready'));
  const disks = ['web-root', 'web-data'].map((disk) => volume(node, disk));
  for (const path of disks) mark(path, 1);
  return disks;
}

test('a revert of which one disk fails after another was put back stays, is told, and is finished once it can be', async () => {
  await using node = await startNode();
  const disks = await twoMarkedDisks(node);
  const [root = '', data = ''] = disks;
  await snapshot(node, 'one');
  await taken(node, 'one');
  for (const path of disks) mark(path, 2);
  const mend = damageSnapshot(data);

  await node.patch('VirtualMachineSnapshot', 'one', { spec: { revert: 'once' } });
  const torn = await node.until(
    'VirtualMachineSnapshot',
    'one',
    ({ status }) =>
      status?.conditions?.some(({ type, reason }) => type === 'Reverted' && reason === 'PartlyReverted') === true,
  );
  expect(torn.status?.phase).toBe('Reverting');
  const told = torn.status?.conditions?.find(({ type }) => type === 'Reverted')?.message;
  expect(told).toContain('the disks root were put back and data was not yet');
  expect(marked(root, 1)).toBe(true);
  expect(marked(data, 2)).toBe(true);

  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  await node.restart();
  const kept = await node.until('VirtualMachine', 'web', because('BeingReverted'));
  expect(kept.status?.powerState).toBe('Stopped');
  expect(ready(kept)?.message).toContain('snapshot one');
  expect(await numbers(node, 'R')).toEqual([]);

  mend();
  const whole = await node.until('VirtualMachineSnapshot', 'one', ({ status }) => status?.phase === 'Ready');
  expect(whole.status?.reverted).toBe('once');
  // The snapshot holds a machine that was off.
  expect((await node.get('VirtualMachine', 'web'))?.spec.powerState).toBe('Stopped');
  await node.until('VirtualMachine', 'web', ({ status }) => status?.powerState === 'Stopped');
  for (const path of disks) expect(marked(path, 1)).toBe(true);
});

/** What qemu's stream of a machine's state begins with: migration/savevm.c, QEMU_VM_FILE_MAGIC. */
const STATE_MAGIC = 'QEVM';

test('memory that cannot be loaded fails the revert, and the guest boots from all disks as they were with it', async () => {
  await using node = await startNode();
  const disks = await twoMarkedDisks(node);
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  await written(node, 3);
  await snapshot(node, 'mem', { memory: true });
  await taken(node, 'mem');
  const at = (await numbers(node, 'W')).at(-1) ?? 0;
  await written(node, 5, at);
  await stop(node);
  for (const path of disks) mark(path, 2);
  const [root = ''] = disks;
  const state = readFileSync(root).indexOf(STATE_MAGIC);
  expect(state).toBeGreaterThan(0);
  const mend = damage(root, state, Buffer.alloc(4));
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  const boots = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 2,
  );
  expect(boots[1]).toBeGreaterThan(at);

  await node.patch('VirtualMachineSnapshot', 'mem', { spec: { revert: 'once' } });
  const failed = await node.until(
    'VirtualMachineSnapshot',
    'mem',
    ({ status }) =>
      status?.conditions?.some(({ type, status: holds }) => type === 'Reverted' && holds === 'False') === true,
  );
  expect(failed.status?.phase).toBe('Ready');
  expect(failed.status?.reverted).toBeUndefined();
  const again = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 3,
  );
  expect(again[2]).toBeLessThanOrEqual(at + 1);
  await stop(node);
  for (const path of disks) expect(marked(path, 1)).toBe(true);
  for (const path of disks) expect(await listSnapshots(path)).toHaveLength(1);
  mend();
  await revert(node, 'mem', 'twice');
  await written(node, 2, at);
  expect(await numbers(node, 'R')).toHaveLength(3);
});
