import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPids, readProcess } from '../../executor/host/proc.ts';
import { activeFile } from '../../executor/storage/chain/index.ts';
import { machine, snapshot, stop, taken, volume, written } from './counting.ts';
import { type Node, startNode, wait } from './node.ts';
import { because } from './world.ts';

const ATTEMPTS = 5;
const SIZE = '64M';

const io = (path: string, command: string) => String(execFileSync('qemu-io', ['-f', 'qcow2', '-c', command, path]));
const holds = (path: string) => expect(io(path, `read -P 7 0 ${SIZE}`)).not.toMatch(/verification failed/i);

type IsIt = (argv: readonly string[]) => boolean;

const qemuImg =
  (verb: 'commit' | 'convert', file: string): IsIt =>
  (argv) =>
    argv[0] === 'qemu-img' && argv[1] === verb && argv.includes(file);

const storageDaemon =
  (node: Node): IsIt =>
  (argv) =>
    argv[0] === 'qemu-storage-daemon' && argv.some((argument) => argument.includes(node.folder));

/** Lets a program stand still; gives up once its work is over. */
async function halt(isIt: IsIt, isOver: () => Promise<boolean>): Promise<number | undefined> {
  do {
    const found = listPids().find((pid) => isIt(readProcess(pid)?.argv ?? []));
    if (found !== undefined) {
      process.kill(found, 'SIGSTOP');
      return found;
    }
    await new Promise((resolve) => setImmediate(resolve));
  } while (!(await isOver()));
  return undefined;
}

async function machineWithData(node: Node): Promise<void> {
  await machine(node, 'Stopped', [{ name: 'data', blank: { size: '1Gi' } }]);
  await node.until('VirtualMachineDisk', 'web-data', because('Ready'));
}

/** Starts the machine while a program stands still that nobody else may come between. */
async function startMeanwhile(node: Node, halted: number): Promise<void> {
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Running' } });
  await written(node, 2);
  expect(readProcess(halted)?.argv[0]).not.toBe('qemu-img');
}

test('a merge of files that takes long makes way for a start, and comes to its end while the machine runs', async () => {
  await using node = await startNode();
  await machineWithData(node);
  const data = volume(node, 'web-data');
  const overlays = () => readdirSync(`${data}.overlays`).filter((name) => name.endsWith('.qcow2'));
  let halted: number | undefined;
  for (let attempt = 0; halted === undefined; attempt += 1) {
    expect(attempt, 'the merge was over each time before it could be halted').toBeLessThan(ATTEMPTS);
    const name = `one-${attempt}`;
    await snapshot(node, name, { method: 'External', disks: ['data'] });
    await taken(node, name);
    const { path: upper } = await activeFile({ path: data, format: 'qcow2' });
    io(upper, `write -q -P 7 0 ${SIZE}`);
    const halting = halt(qemuImg('commit', upper), async () => !existsSync(upper));
    await node.remove('VirtualMachineSnapshot', name);
    halted = await halting;
    if (halted === undefined) await node.gone('VirtualMachineSnapshot', name);
  }
  await startMeanwhile(node, halted);
  await wait(overlays, (left) => left.length === 0);
  await stop(node);
  execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', data]);
  holds(data);
});

test('a copy of a disk that takes long makes way for a start, and is made by qemu then', async () => {
  await using node = await startNode();
  await machineWithData(node);
  const data = volume(node, 'web-data');
  io(data, `write -q -P 7 0 ${SIZE}`);
  // What is in the volume beside the guest's content keeps a file system from sharing it.
  execFileSync('qemu-img', ['snapshot', '-c', 'beside', data]);
  let halted: number | undefined;
  let name = '';
  for (let attempt = 0; halted === undefined; attempt += 1) {
    expect(attempt, 'the copy was made each time before it could be halted').toBeLessThan(ATTEMPTS);
    name = `copy-${attempt}`;
    const isReady = async () => because('Ready')(await node.get('VirtualMachineDisk', name));
    const halting = halt(qemuImg('convert', data), isReady);
    await node.create('VirtualMachineDisk', name, { source: { disk: { name: 'web-data' } } });
    halted = await halting;
  }
  await startMeanwhile(node, halted);
  await node.until('VirtualMachineDisk', name, because('Ready'));
  holds(volume(node, name));
});

/** Backs the stopped machine up, with what copies standing still meanwhile. @returns the backup's name, and what lets it go on */
async function backUpHalted(node: Node, round: string): Promise<readonly [name: string, goOn: () => void]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const name = `${round}-${attempt}`;
    const halting = halt(storageDaemon(node), async () =>
      because('Ready')(await node.get('VirtualMachineSnapshot', name)),
    );
    await snapshot(node, name, { backup: { pool: 'vault', mode: 'Full' }, disks: ['data'] });
    const halted = await halting;
    if (halted !== undefined) return [name, () => process.kill(halted, 'SIGCONT')];
  }
  throw new Error('the backup was made each time before it could be halted');
}

test('a backup of a machine that is off is made whole before a snapshot is taken, and before the machine goes', async () => {
  await using node = await startNode();
  await node.create('VirtualMachineStoragePool', 'vault', { dir: { path: join(node.folder, 'vault') } });
  await machineWithData(node);
  io(volume(node, 'web-data'), `write -q -P 7 0 ${SIZE}`);
  const isWhole = async (name: string) => {
    const { status } = await taken(node, name);
    holds(status?.disks?.[0]?.path ?? '');
  };
  const [first, goOn] = await backUpHalted(node, 'first');
  await snapshot(node, 'beside');
  goOn();
  await Promise.all([isWhole(first), taken(node, 'beside')]);
  const [second, goOnAgain] = await backUpHalted(node, 'second');
  await node.remove('VirtualMachine', 'web');
  goOnAgain();
  await node.gone('VirtualMachine', 'web');
  await Promise.all([isWhole(first), isWhole(second)]);
});
