import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import type { World } from './world.ts';

export const MIB = 1024 ** 2;

/** Runs what fetches images into one pool. */
export function start(world: World, pool = join(world.folder, 'pool')): string {
  world.run(poolReconciler, imageReconciler);
  world.add('VirtualMachineStoragePool', 'default', { dir: { path: pool } });
  return pool;
}

export const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { stdio: 'pipe' });
export const qemuIo = (path: string, ...commands: string[]) =>
  execFileSync('qemu-io', ['-f', 'qcow2', ...commands.flatMap((one) => ['-c', one]), path], { stdio: 'pipe' });

/** Files of the pool, hidden ones included, but for the pool's own trial whether it can be written to. */
export const left = (pool: string): string[] =>
  readdirSync(pool, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.vmctl-probe'))
    .map(({ name }) => name);
