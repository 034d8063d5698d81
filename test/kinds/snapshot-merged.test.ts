import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { hostPaths, runDirOf } from '../../executor/host/index.ts';
import { attachedChain } from '../../executor/qemu/block-chain.ts';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { rescueSocket } from '../../executor/qemu/sockets.ts';
import { connectQmp, runJob } from '../../executor/qmp/index.ts';
import { listChain } from '../../executor/storage/chain/index.ts';
import { endProcess } from '../fixtures/end.ts';
import { machine, numbers, revert, snapshot, stop, taken, volume, written } from './counting.ts';
import { type Node, startNode, wait } from './node.ts';

const last = async (node: Node) => (await numbers(node, 'W')).at(-1) ?? 0;

/** Takes an external snapshot. @returns between which numbers the guest was then */
async function point(node: Node, name: string): Promise<readonly [number, number]> {
  const from = await written(node, 2, await last(node));
  await snapshot(node, name, { method: 'External' });
  await taken(node, name);
  return [from, (await last(node)) + 1];
}

/** Has qemu itself merge what lies on the volume into it, under another file, and kills it before anybody has heard of the end. */
async function mergeAndDie(node: Node): Promise<void> {
  const uid = (await node.get('VirtualMachine', 'web'))?.metadata.uid ?? '';
  const qmp = await connectQmp(rescueSocket(runDirOf(hostPaths(node.folder), uid)));
  const { root, files } = await attachedChain(qmp, 'root');
  const [upper, middle, lower] = files;
  if (!middle || !lower) throw new Error(`there is nothing in the middle: ${upper.path} is all`);
  const commit = {
    ...{ device: root, 'top-node': middle.node, 'base-node': lower.node, 'backing-file': lower.path },
    ...{ 'auto-finalize': false, 'auto-dismiss': false },
  };
  await runJob(qmp, 'merge', () => qmp.execute('block-commit', { 'job-id': 'merge', ...commit }));
  qmp.close();
  const pid = findQemus().get(uid)?.pid;
  if (pid === undefined) throw new Error('the machine has no qemu');
  endProcess(pid);
}

const ORDERS = {
  'before the merge is tidied up after': async (node: Node, back: () => Promise<void>) => {
    await back();
    await node.remove('VirtualMachineSnapshot', 'lower');
    await node.gone('VirtualMachineSnapshot', 'lower');
  },
  'after the merge was tidied up after': async (node: Node, back: () => Promise<void>) => {
    await node.remove('VirtualMachineSnapshot', 'lower');
    await node.gone('VirtualMachineSnapshot', 'lower');
    await back();
  },
};

test.each(Object.keys(ORDERS) as (keyof typeof ORDERS)[])(
  'qemu died at the very end of a merge in the middle: a revert to what lay above, %s, finds what it held',
  async (order) => {
    await using node = await startNode();
    await machine(node);
    await point(node, 'lower');
    const [low, high] = await point(node, 'upper');
    await written(node, 3, await last(node));
    await node.controllers.close();
    await mergeAndDie(node);
    const backings = (await listChain(volume(node))).map(({ backing }) => backing);
    expect(
      backings.filter((path) => path === volume(node)),
      'qemu has put both on the volume',
    ).toHaveLength(2);
    await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Stopped', stop: { method: 'Force' } } });
    await node.restart();
    await stop(node);
    const boots = (await numbers(node, 'R')).length;
    await ORDERS[order](node, async () => {
      await node.patch('VirtualMachineSnapshot', 'upper', { spec: { revertPowerState: 'Running' } });
      await revert(node, 'upper', 'back');
    });
    const found = await wait(
      () => numbers(node, 'R'),
      (all) => all.length > boots,
    );
    expect(found).toHaveLength(boots + 1);
    expect(found.at(-1)).toBeGreaterThanOrEqual(low);
    expect(found.at(-1)).toBeLessThanOrEqual(high);
    const now = await written(node, 3, found.at(-1));
    await node.remove('VirtualMachineSnapshot', 'upper');
    await node.gone('VirtualMachineSnapshot', 'upper');
    expect((await listChain(volume(node))).map(({ path }) => path)).toEqual([volume(node)]);
    await written(node, 2, now);
    await stop(node);
    execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', volume(node)]);
  },
);
