import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { may } from './run.ts';

/**
 * What this host lets us do with control groups. Machines get groups of their own below the hierarchy's root, not below the
 * executor's: a service manager that ends the executor's group must not end the machines.
 */
export type CgroupSupport =
  | {
      readonly version: 'v1' | 'v2';
      /** Our parent group's folder in each hierarchy. */
      readonly hierarchies: readonly string[];
      /** The `cgroup.procs` by which a process leaves the groups that we are in and machines have none of their own in. */
      readonly leave?: readonly string[];
      /** Why groups account for nothing and have no limits, where that is so. */
      readonly reason?: string;
    }
  | { readonly version: 'none'; readonly reason: string };

export interface MachineCgroup {
  /** Files that a process joins by writing its pid: `cgroupProcs` of the launch. */
  readonly procs: readonly string[];
}

const ROOT = '/sys/fs/cgroup';
const PARENT = 'vmctl';
/** What is accounted, and can be limited, for each machine. */
const CONTROLLERS = ['cpu', 'memory', 'io', 'pids'];
/** Joining each costs milliseconds at a start, so only what a machine could be limited by. */
const V1_CONTROLLERS = ['cpu', 'memory', 'pids'];
/** Joined only by machines that have limits for it. */
const V1_SELDOM = ['blkio'];
/** A group is busy for a moment after its last process has ended. */
const REMOVE_ATTEMPTS = 20;
const REMOVE_DELAY_MS = 10;

/**
 * Looks at what is mounted and makes our parent group in it. Never throws: a host without groups runs machines as well.
 * @param own the groups that we are in
 */
export async function detectCgroups(root = ROOT, own = '/proc/self/cgroup'): Promise<CgroupSupport> {
  const v2 = await readFile(join(root, 'cgroup.controllers'), 'utf8').catch(() => undefined);
  try {
    return v2 === undefined ? await detectV1(root, own) : await detectV2(root, v2);
  } catch (error) {
    return { version: 'none', reason: `machines have no control groups of their own: ${(error as Error).message}` };
  }
}

/** Makes a machine's group, without the limits of an earlier one; one that somebody is in is taken. */
export async function createCgroup(support: CgroupSupport, name: string): Promise<MachineCgroup> {
  if (support.version === 'none') return { procs: [] };
  await removeCgroup(support, name).catch(() => {});
  return joinCgroup(support, name);
}

/** As `createCgroup`, of a group that several processes share and that has no limits. */
export async function joinCgroup(support: CgroupSupport, name: string): Promise<MachineCgroup> {
  if (support.version === 'none') return { procs: [] };
  const joined = support.hierarchies.filter((hierarchy) => !V1_SELDOM.includes(basename(dirname(hierarchy))));
  const folders = joined.map((hierarchy) => join(hierarchy, name));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  return { procs: [...folders.map((folder) => join(folder, 'cgroup.procs')), ...(support.leave ?? [])] };
}

/** Removes a machine's group once its processes have ended; one that is gone is fine. */
export async function removeCgroup(support: CgroupSupport, name: string): Promise<void> {
  if (support.version === 'none') return;
  await Promise.all(support.hierarchies.map((hierarchy) => removeFolder(join(hierarchy, name))));
}

async function detectV2(root: string, controllers: string): Promise<CgroupSupport> {
  const available = controllers.trim().split(' ');
  const wanted = CONTROLLERS.filter((name) => available.includes(name)).map((name) => `+${name}`);
  const parent = await makeParent(root);
  try {
    for (const folder of [root, parent]) await writeFile(join(folder, 'cgroup.subtree_control'), wanted.join(' '));
    return { version: 'v2', hierarchies: [parent] };
  } catch (error) {
    // In a container the root we see is an inner group: as long as processes are in it, it cannot hand controllers down.
    return {
      version: 'v2',
      hierarchies: [parent],
      reason: `control groups without limits: ${(error as Error).message}`,
    };
  }
}

/** Each controller is a hierarchy of its own, and a container may be given some of them only. */
async function detectV1(root: string, own: string): Promise<CgroupSupport> {
  const hierarchies: string[] = [];
  let refusal = `no control groups are mounted on ${root}`;
  for (const controller of [...V1_CONTROLLERS, ...V1_SELDOM]) {
    if (!(await may(join(root, controller, 'cgroup.procs'), constants.F_OK))) continue;
    try {
      hierarchies.push(await makeParent(join(root, controller)));
    } catch (error) {
      refusal = (error as Error).message;
    }
  }
  if (hierarchies.length === 0) throw new Error(refusal);
  const controllers = hierarchies.map((hierarchy) => basename(dirname(hierarchy)));
  const leave = await findLeave(
    root,
    own,
    controllers.filter((name) => !V1_SELDOM.includes(name)),
  );
  return { version: 'v1', hierarchies, ...(leave.length > 0 && { leave }) };
}

/**
 * A container's runtime and a kubelet end whatever is in the container's groups, in any hierarchy (runc looks in `devices`,
 * systemd in its own): machines must be in none of them. Who is at a root has nothing to leave.
 * @param joined controllers that machines have groups of
 * Source: cgroups(7), /proc/pid/cgroup
 */
async function findLeave(root: string, own: string, joined: readonly string[]): Promise<string[]> {
  const lines = (await readFile(own, 'utf8').catch(() => '')).split('\n');
  const found: string[] = [];
  for (const line of lines) {
    const [, name = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === '/' || name.split(',').some((controller) => joined.includes(controller))) continue;
    const file = join(root, name === '' ? 'unified' : name.replace(/^name=/, ''), 'cgroup.procs');
    if (await may(file, constants.W_OK)) found.push(file);
  }
  return found;
}

/** Our parent group, which root may have made before. Whoever moves a process must be able to write to the group above both. */
async function makeParent(hierarchy: string): Promise<string> {
  const parent = join(hierarchy, PARENT);
  await mkdir(parent, { recursive: true });
  for (const path of [parent, join(hierarchy, 'cgroup.procs')]) await access(path, constants.W_OK);
  return parent;
}

/** Groups of single threads. */
async function groupsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function removeFolder(folder: string): Promise<void> {
  for (const name of await groupsIn(folder)) await removeFolder(join(folder, name));
  for (let attempt = 1; ; attempt++) {
    try {
      return await rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || attempt === REMOVE_ATTEMPTS) throw error;
      await sleep(REMOVE_DELAY_MS);
    }
  }
}
