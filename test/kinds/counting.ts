import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { type Node, wait } from './node.ts';
import { because } from './world.ts';

/** A machine whose guest counts on its disk, and says on the serial line what it found there and what it wrote. */
export async function machine(
  node: Node,
  powerState: 'Running' | 'Stopped' = 'Running',
  more: object[] = [],
): Promise<void> {
  const path = join(node.folder, 'writer.raw');
  writeFileSync(path, writerDisk());
  await node.create('VirtualMachineImage', 'writer', { source: { file: { path } } });
  await node.create('VirtualMachine', 'web', {
    powerState,
    memory: { size: '32Mi' },
    disks: [{ name: 'root', image: { name: 'writer' } }, ...more],
  });
  if (powerState === 'Running') await written(node, 3);
  else await node.until('VirtualMachineDisk', 'web-root', because('Ready'));
}

/** Every number after a letter on the console, in order: `R` found at boot, `W` written. */
export async function numbers(node: Node, letter: 'R' | 'W'): Promise<number[]> {
  const text = await node.console('web');
  return [...text.matchAll(new RegExp(`^${letter} ([0-9]{8})`, 'gm'))].map(([, number]) => Number(number));
}

/** Waits until the guest has written so many more blocks than `since`. @returns the last number */
export async function written(node: Node, more: number, since = 0): Promise<number> {
  const found = await wait(
    () => numbers(node, 'W'),
    (all) => (all.at(-1) ?? 0) >= since + more,
  );
  return found.at(-1) ?? 0;
}

export const status = async (node: Node) => (await node.get('VirtualMachine', 'web'))?.status;
export const volume = (node: Node, disk = 'web-root') => join(node.pool, 'disks', 'default', `${disk}.qcow2`);
export const snapshot = (node: Node, name: string, spec: object = {}) =>
  node.create('VirtualMachineSnapshot', name, { virtualMachine: { name: 'web' }, ...spec });
export const taken = (node: Node, name: string) => node.until('VirtualMachineSnapshot', name, because('Ready'));

export async function stop(node: Node): Promise<void> {
  await node.patch('VirtualMachine', 'web', { spec: { powerState: 'Stopped', stop: { method: 'Force' } } });
  // It is Stopped as well in a status from before it ran.
  await node.until(
    'VirtualMachine',
    'web',
    ({ metadata, status: now }) => now?.powerState === 'Stopped' && now.observedGeneration === metadata.generation,
  );
}

export async function revert(node: Node, name: string, token: string): Promise<void> {
  await node.patch('VirtualMachineSnapshot', name, { spec: { revert: token } });
  await node.until(
    'VirtualMachineSnapshot',
    name,
    ({ status: now }) => now?.reverted === token && now.phase === 'Ready',
  );
}
