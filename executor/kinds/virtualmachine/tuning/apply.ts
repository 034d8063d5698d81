import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { VirtualMachineSpec } from '../../../../schemas/kinds/virtual-machine.ts';
import type { CgroupSupport } from '../../../host/index.ts';
import { run } from '../../../host/run.ts';
import { iothreadObject } from '../../../qemu/identifiers.ts';
import { Refusal } from '../../../qemu/refusal.ts';
import type { Qmp } from '../../../qmp/index.ts';
import { deviceLimits, findNumbers } from './block-devices.ts';
import type { Limit } from './limit.ts';
import { limitsOf } from './limits.ts';
import { QUOTA_FIELDS, type ThreadGroup, threadGroups } from './quotas.ts';
import { type Threads, threadCommands } from './threads.ts';

export interface TuneParts {
  readonly qmp: Qmp;
  readonly pid: number;
  readonly uid: string;
  readonly spec: VirtualMachineSpec;
  readonly cgroups: CgroupSupport;
}

/**
 * Gives a machine that has started, and not run yet, what its spec says of host CPUs and of limits.
 * @returns fields of spec.tuning for which the node's kernel has nothing
 * @throws Refusal
 */
export async function tune(parts: TuneParts): Promise<string[]> {
  await tuneThreads(parts);
  return [...new Set(await limit(parts))].map((field) => `spec.tuning.${field}`);
}

async function tuneThreads({ qmp, pid, spec }: TuneParts): Promise<void> {
  const isTuned = spec.tuning !== undefined || spec.cpu?.pinning || spec.iothreads?.some(({ cpuset }) => cpuset);
  if (!isTuned) return;
  for (const { field, program, args } of threadCommands(spec, await findThreads(qmp, pid, spec))) {
    try {
      await run(program, args);
    } catch (error) {
      const words = String((error as { stderr?: string }).stderr ?? (error as Error).message).trim();
      throw new Refusal(
        'TuningFailed',
        field,
        `${program} says: ${words}; see the CPUs of the node with: lscpu --extended`,
      );
    }
  }
}

async function findThreads(qmp: Qmp, pid: number, spec: VirtualMachineSpec): Promise<Threads> {
  const [cpus, threads, tasks] = await Promise.all([
    qmp.execute('query-cpus-fast'),
    qmp.execute('query-iothreads'),
    readdir(`/proc/${pid}/task`),
  ]);
  const vcpus = new Map(cpus.map((cpu) => [cpu['cpu-index'], cpu['thread-id']]));
  const named = (spec.iothreads ?? []).flatMap(({ name }) => {
    const found = threads.find(({ id }) => id === iothreadObject(name));
    return found ? [[name, found['thread-id']] as const] : [];
  });
  const iothreads = new Map(named);
  const own = new Set([...vcpus.values(), ...iothreads.values()]);
  return { vcpus, iothreads, emulator: tasks.map(Number).filter((task) => !own.has(task)) };
}

/** What a node has no control group for at all is said in a condition, not refused: see `untuned`. */
async function limit(parts: TuneParts): Promise<string[]> {
  const { tuning } = parts.spec;
  const { cgroups, uid, pid } = parts;
  if (!tuning || cgroups.version === 'none') return [];
  const { version, hierarchies } = cgroups;
  const numbers = await findNumbers(tuning.ioDevices ?? []);
  const limits = [...limitsOf(tuning, version), ...deviceLimits(tuning.ioDevices ?? [], version, numbers)];
  const missing: string[] = [];
  for (const one of limits) {
    const folder = folderOf(version, hierarchies, one);
    if (folder !== undefined && version === 'v1' && one.controller === 'io') await joinGroup(join(folder, uid), pid);
    if (folder === undefined || !(await write(join(folder, uid), one))) missing.push(one.field);
  }
  return [...missing, ...(await limitThreads(parts, tuning, cgroups))];
}

/** Few machines have limits of their disks, so only those are in a group for them. */
async function joinGroup(folder: string, pid: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'cgroup.procs'), String(pid));
}

/** @returns fields that have no effect */
async function limitThreads(
  { qmp, pid, uid, spec }: TuneParts,
  tuning: NonNullable<VirtualMachineSpec['tuning']>,
  { version, hierarchies }: Exclude<CgroupSupport, { version: 'none' }>,
): Promise<string[]> {
  if (QUOTA_FIELDS.every((field) => tuning[field] === undefined)) return [];
  const parent = version === 'v2' ? hierarchies[0] : hierarchies.find((folder) => basename(dirname(folder)) === 'cpu');
  const groups = threadGroups(tuning, version, await findThreads(qmp, pid, spec));
  if (parent === undefined) return groups.flatMap(({ limits }) => limits.map(({ field }) => field));
  const missing: string[] = [];
  for (const group of groups) missing.push(...(await makeGroup(join(parent, uid), version, group)));
  return missing;
}

/** In the second version, threads have groups of their own only below one that is threaded. Source: cgroup-v2.rst, Threads */
async function makeGroup(
  machine: string,
  version: 'v1' | 'v2',
  { name, threads, limits }: ThreadGroup,
): Promise<string[]> {
  const folder = join(machine, name);
  await mkdir(folder, { recursive: true });
  if (version === 'v2') {
    await writeFile(join(folder, 'cgroup.type'), 'threaded');
    await writeFile(join(machine, 'cgroup.subtree_control'), '+cpu').catch(() => {});
  }
  const missing: string[] = [];
  for (const one of limits) if (!(await write(folder, one))) missing.push(one.field);
  for (const thread of threads) {
    await writeFile(join(folder, version === 'v2' ? 'cgroup.threads' : 'tasks'), String(thread)).catch(unlessEnded);
  }
  return missing;
}

/** Helpers of qemu's come and go. */
function unlessEnded(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ESRCH') throw error;
}

const NAMES_V1 = { cpu: 'cpu', memory: 'memory', io: 'blkio' } as const;

/** Version 1 has a hierarchy for each controller, named by the folder above ours. */
const folderOf = (version: 'v1' | 'v2', hierarchies: readonly string[], { controller }: Limit): string | undefined =>
  version === 'v2' ? hierarchies[0] : hierarchies.find((folder) => basename(dirname(folder)) === NAMES_V1[controller]);

/** The kernel has no such file, or no scheduler for the device that knows weights. */
const NOT_THERE: readonly unknown[] = ['ENOENT', 'EOPNOTSUPP', 'ENOTSUP'];

/** @returns whether the kernel has it */
async function write(folder: string, { field, files, value }: Limit): Promise<boolean> {
  for (const file of files) {
    try {
      // Control groups make their files; what is not there is not to be made.
      await writeFile(join(folder, file), value, { flag: 'r+' });
      return true;
    } catch (error) {
      if (NOT_THERE.includes((error as NodeJS.ErrnoException).code)) continue;
      const message = `the kernel refuses ${value} for ${join(folder, file)}: ${(error as Error).message}`;
      throw new Refusal('TuningFailed', `spec.tuning.${field}`, message);
    }
  }
  return false;
}
