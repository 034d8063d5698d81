import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { type NamedResource, OURS } from '../api/resources.ts';
import { Failure } from '../errors.ts';
import { gone } from '../wait/judges.ts';
import { until } from '../wait/until.ts';
import { stopMachines, unlessGone } from './machines.ts';
import { isHome } from './start.ts';

/** Tries to remove a folder, each 100 ms later than the last. */
const REMOVALS = 10;

/** Users before what they use: the executor frees volumes, files and processes as each goes. */
const ORDER: readonly NamedResource[] = [
  OURS.VirtualMachineSnapshot,
  OURS.VirtualMachine,
  OURS.VirtualMachineDisk,
  OURS.VirtualMachineImage,
  OURS.VirtualMachineNetwork,
  OURS.VirtualMachineStoragePool,
];

async function deleteAll(session: Session, resource: NamedResource, timeoutMs: number): Promise<void> {
  const { items } = await session.client.list<KubeObject>(resource);
  await Promise.all(items.map(({ metadata }) => unlessGone(session.client.delete(resource, metadata))));
  const goals = items.map(({ metadata: { name, namespace } }) => ({ resource, name, namespace, judge: gone }));
  await until(session, goals, timeoutMs);
}

/** Ends every machine and deletes every object of ours, so that nothing is left on the host. */
export async function deleteEverything(session: Session, timeoutMs: number): Promise<void> {
  await stopMachines(session, true, timeoutMs);
  for (const resource of ORDER) await deleteAll(session, resource, timeoutMs);
}

/** Removes the folder of a home. @throws Failure where it is not one */
export function removeHome(home: string): void {
  if (!existsSync(home)) return;
  if (!isHome(home) || [resolve('/'), homedir()].includes(resolve(home)))
    throw new Failure(
      'failed',
      `${home} is no home of vmctl; nothing was removed`,
      'name the right folder with --home or VMCTL_HOME',
    );
  // What a helper of the executor still writes as it ends would make a folder not empty.
  rmSync(home, { recursive: true, force: true, maxRetries: REMOVALS });
}

/** Removes compiled code that both programs leave in the user's cache. */
export function removeCache(): void {
  rmSync(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vmctl'), { recursive: true, force: true });
}
