import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { activeFile } from '../../executor/storage/chain/index.ts';
import { machine, numbers, revert, snapshot, status, stop, taken, volume, written } from './counting.ts';
import { type Node, startNode, wait } from './node.ts';
import { because, ready } from './world.ts';

const external = { method: 'External' };
const active = (node: Node, disk = 'web-root') =>
  activeFile({ path: volume(node, disk), format: 'qcow2' }).then(({ path }) => path);
const overlays = (node: Node, disk = 'web-root') => {
  const folder = `${volume(node, disk)}.overlays`;
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.qcow2')) : [];
};
const check = (path: string) => execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', path]);
const last = async (node: Node, letter: 'W' | 'R') => (await numbers(node, letter)).at(-1) ?? 0;

async function start(node: Node, boots: number): Promise<number> {
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  const found = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === boots,
  );
  return found.at(-1) ?? 0;
}

test('a running machine: one point in time over two disks, raw ones included, in the chain and in status', async () => {
  await using node = await startNode();
  await machine(node, 'Running', [
    { name: 'data', blank: { size: '1Mi', format: 'raw' }, iotune: { totalIops: 1000 } },
  ]);
  const before = await written(node, 2);
  await snapshot(node, 'one', external);
  const one = await taken(node, 'one');
  expect(one.status).toMatchObject({
    consistency: 'Crash',
    powerState: 'Running',
    disks: [{ name: 'root' }, { name: 'data' }],
  });
  const at = await last(node, 'W');
  await written(node, 3, at);
  expect(overlays(node)).toEqual([`${one.metadata.uid}.qcow2`]);
  const disk = await node.until(
    'VirtualMachineDisk',
    'web-root',
    ({ status: now }) => (now?.backingChain?.length ?? 0) === 2,
  );
  expect(disk.status?.backingChain?.[0]).toBe(volume(node));
  expect(disk.status?.path).toBe(await active(node));
  await stop(node);
  check(volume(node));
  expect(await start(node, 2)).toBeGreaterThanOrEqual(at);
  await revert(node, 'one', 'back');
  const found = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 3,
  );
  expect(found[2]).toBeGreaterThanOrEqual(before);
  expect(found[2]).toBeLessThanOrEqual(at + 1);
  expect(overlays(node)).toHaveLength(1);
  await node.remove('VirtualMachineSnapshot', 'one');
  await node.gone('VirtualMachineSnapshot', 'one');
  expect(overlays(node)).toEqual([]);
  expect(await active(node)).toBe(volume(node));
  const now = await last(node, 'W');
  await written(node, 2, now);
  await stop(node);
  check(volume(node));
  expect(await start(node, 4)).toBeGreaterThanOrEqual(now);
});

test('a tree: any is reverted to, any is deleted while the machine runs, and its neighbours stay', async () => {
  await using node = await startNode();
  await machine(node);
  const points: Record<string, readonly [number, number]> = {};
  const take = async (name: string) => {
    const from = await written(node, 2, await last(node, 'W'));
    await snapshot(node, name, external);
    await taken(node, name);
    points[name] = [from, (await last(node, 'W')) + 1];
  };
  let boots = 1;
  const backTo = async (name: string, token: string) => {
    await revert(node, name, token);
    boots += 1;
    const found = await wait(
      () => numbers(node, 'R'),
      (all) => all.length === boots,
    );
    const [low, high] = points[name] ?? [0, 0];
    expect(found.at(-1)).toBeGreaterThanOrEqual(low);
    expect(found.at(-1)).toBeLessThanOrEqual(high);
  };
  for (const name of ['a', 'b', 'c']) await take(name);
  const parent = async (name: string) => (await node.get('VirtualMachineSnapshot', name))?.status?.parent;
  expect([await parent('a'), await parent('b'), await parent('c')]).toEqual([undefined, 'a', 'b']);
  await backTo('a', '1');
  await take('d');
  expect(await parent('d')).toBe('a');
  await node.remove('VirtualMachineSnapshot', 'b');
  await node.gone('VirtualMachineSnapshot', 'b');
  await backTo('c', '2');
  await node.remove('VirtualMachineSnapshot', 'a');
  await node.gone('VirtualMachineSnapshot', 'a');
  expect(await parent('d')).toBeUndefined();
  await backTo('d', '3');
  const now = await last(node, 'W');
  await node.remove('VirtualMachineSnapshot', 'd');
  await node.gone('VirtualMachineSnapshot', 'd');
  await written(node, 2, now);
  await backTo('c', '4');
  await node.remove('VirtualMachineSnapshot', 'c');
  await node.gone('VirtualMachineSnapshot', 'c');
  expect(overlays(node)).toEqual([]);
  expect(await numbers(node, 'R')).toHaveLength(boots);
  expect((await status(node))?.currentSnapshot).toBeUndefined();
});

test('a stopped machine: taken, reverted with the power state that is asked for, merged as files', async () => {
  await using node = await startNode();
  await machine(node);
  await stop(node);
  const before = await last(node, 'W');
  await snapshot(node, 'off', external);
  expect((await taken(node, 'off')).status?.powerState).toBe('Stopped');
  await start(node, 2);
  await written(node, 3, before);
  await node.patch('VirtualMachineSnapshot', 'off', { spec: { revertPowerState: 'Running' } });
  await revert(node, 'off', 'run');
  const found = await wait(
    () => numbers(node, 'R'),
    (all) => all.length === 3,
  );
  expect(found[2]).toBe(found[1]);
  await stop(node);
  await node.remove('VirtualMachineSnapshot', 'off');
  await node.gone('VirtualMachineSnapshot', 'off');
  check(volume(node));
  expect(overlays(node)).toEqual([]);
});

test('the two methods are not mixed on one disk, and it is told which is in the way', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  await snapshot(node, 'inside');
  await taken(node, 'inside');
  await snapshot(node, 'beside', external);
  const refused = await node.until('VirtualMachineSnapshot', 'beside', because('MethodMixed'));
  expect(ready(refused)?.message).toContain('use the method Internal');
  await node.remove('VirtualMachineSnapshot', 'inside');
  await node.gone('VirtualMachineSnapshot', 'inside');
  await node.patch('VirtualMachineSnapshot', 'beside', { spec: { expiresAfter: '24h' } });
  await taken(node, 'beside');
  await snapshot(node, 'inside');
  const other = await node.until('VirtualMachineSnapshot', 'inside', because('MethodMixed'));
  expect(ready(other)?.message).toContain('use the method External');
});

const io = (path: string, command: string) =>
  String(execFileSync('qemu-io', ['-f', 'qcow2', '-c', command, path], { stdio: ['ignore', 'pipe', 'inherit'] }));
const holds = (path: string, read: string) => expect(io(path, read)).not.toMatch(/verification failed/i);

test('to ask for a revert in words that were used before takes nothing from the snapshots that came in between', async () => {
  await using node = await startNode();
  await machine(node, 'Stopped');
  const write = async (pattern: number) => io(await active(node), `write -q -P ${pattern} 16k 512`);
  const read = async (pattern: number) => holds(await active(node), `read -P ${pattern} 16k 512`);
  await write(1);
  await snapshot(node, 'one', external);
  await taken(node, 'one');
  await revert(node, 'one', 'back');
  await write(2);
  await snapshot(node, 'two', external);
  await taken(node, 'two');
  await write(3);
  for (const words of ['again', 'back']) await revert(node, 'one', words);
  await read(1);
  await revert(node, 'two', 'once');
  await read(2);
});
