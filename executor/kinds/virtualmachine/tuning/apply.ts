import { readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { VirtualMachineSpec } from '../../../../schemas/kinds/virtual-machine.ts';
import type { CgroupSupport } from '../../../host/index.ts';
import { run } from '../../../host/run.ts';
import { iothreadObject } from '../../../qemu/identifiers.ts';
import { Refusal } from '../../../qemu/refusal.ts';
import type { Qmp } from '../../../qmp/index.ts';
import { type Limit, limitsOf } from './limits.ts';
import { type Threads, threadCommands } from './threads.ts';

export interface TuneParts {
  readonly qmp: Qmp;
  readonly pid: number;
  readonly uid: string;
  readonly spec: VirtualMachineSpec;
  readonly cgroups: CgroupSupport;
}

/** Gives a machine that has started, and not run yet, what its spec says of host CPUs and of limits. @throws Refusal */
export async function tune(parts: TuneParts): Promise<void> {
  await tuneThreads(parts);
  await limit(parts);
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

/** What a node has no control group for is said in a condition, not refused: see `untuned`. */
async function limit({ spec: { tuning }, cgroups, uid }: TuneParts): Promise<void> {
  if (!tuning || cgroups.version === 'none') return;
  for (const one of limitsOf(tuning, cgroups.version)) {
    const folder = folderOf(cgroups.version, cgroups.hierarchies, one);
    if (folder !== undefined) await write(join(folder, uid, one.file), one);
  }
}

/** Version 1 has a hierarchy for each controller, named by the folder above ours. */
const folderOf = (version: 'v1' | 'v2', hierarchies: readonly string[], { controller }: Limit): string | undefined =>
  version === 'v2' ? hierarchies[0] : hierarchies.find((folder) => basename(dirname(folder)) === controller);

async function write(path: string, { field, value }: Limit): Promise<void> {
  try {
    await writeFile(path, value);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    const message = `the kernel refuses ${value} for ${path}: ${(error as Error).message}`;
    throw new Refusal('TuningFailed', `spec.tuning.${field}`, message);
  }
}
