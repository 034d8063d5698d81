import { instanceIdOf, SeedProblem, sourcesOf } from '../../../schemas/cloud-init/index.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { makeSeed, placeSeed, removeSeeds, seedPath } from '../../cloudinit/index.ts';
import { sameJson } from '../../controller/conditions.ts';
import type { Context } from '../../controller/types.ts';
import { SEED, seedDrive } from '../../qemu/seed.ts';
import type { Action, ActionOf } from './actions.ts';
import type { MachineHost } from './host.ts';
import { changeMedium } from './medium.ts';
import type { Launched } from './record.ts';
import type { Problem, Resources, VolumeFile } from './resources.ts';
import { type Run, write } from './run.ts';

/** What a machine's seed should be, by what it refers to. */
export interface SeedView {
  /** Where it is, or will be once it is needed. */
  readonly path?: string;
  readonly problem?: Problem;
  /** Secrets and ConfigMaps send no events here: when to look at them again. */
  readonly againMs?: number;
}

/** One that lacks something is about to be mended by somebody. */
const MEND_MS = 2000;

/** Looks at what a seed is made from, and not more often than needed: each look asks the API. */
export class SeedLook {
  #key = '';
  #until = 0;
  #view: SeedView = {};

  async at(context: Context, host: MachineHost, machine: VirtualMachine): Promise<SeedView> {
    const { cloudInit } = machine.spec;
    if (!cloudInit) return {};
    const key = JSON.stringify([machine.metadata.name, cloudInit]);
    const left = this.#until - performance.now();
    if (key === this.#key && left > 0)
      return this.#view.againMs === undefined ? this.#view : { ...this.#view, againMs: left };
    const found = await lookAt(context, host, machine);
    const changes = sourcesOf(cloudInit).length > 0;
    const pause = found.problem ? MEND_MS : context.settings.resyncMs;
    this.#key = key;
    this.#until = changes ? performance.now() + pause : Number.POSITIVE_INFINITY;
    this.#view = changes ? { ...found, againMs: pause } : found;
    return this.#view;
  }
}

/** Whoever may not read a Secret can still stop the machine. */
async function lookAt(context: Context, host: MachineHost, machine: VirtualMachine): Promise<SeedView> {
  try {
    const seed = await makeSeed(context.client, machine);
    return seed ? { path: seedPath(host.paths, machine.metadata.uid ?? '', seed.digest) } : {};
  } catch (error) {
    if (error instanceof SeedProblem) return { problem: { reason: error.reason, message: error.message } };
    const message = `what cloud-init needs cannot be read: ${(error as Error).message}`;
    return { problem: { reason: 'CloudInitUnreadable', message } };
  }
}

const volumeOf = (path: string): VolumeFile => ({ path, format: 'raw', readOnly: true });

/** The seed among what a machine names. */
export function withSeed(resources: Resources, { path, problem }: SeedView): Resources {
  if (problem) return { ...resources, diskProblems: [...resources.diskProblems, problem] };
  return path === undefined ? resources : { ...resources, volumes: { ...resources.volumes, [SEED]: volumeOf(path) } };
}

/** Makes the seed afresh and puts it where qemu can read it. @throws SeedProblem */
export async function placedSeed(context: Context, host: MachineHost, machine: VirtualMachine): Promise<SeedView> {
  const seed = await makeSeed(context.client, machine);
  if (!seed) return {};
  return { path: await placeSeed(host.paths, machine.metadata.uid ?? '', seed, host.user.user) };
}

/** Whether a running machine takes another `spec.cloudInit` as another medium: its drive is the same. */
export function takesSeed(before: VirtualMachine['spec'], after: VirtualMachine['spec']): boolean {
  const [old, wanted] = [seedDrive(before), seedDrive(after)];
  return old.length > 0 && sameJson(old, wanted);
}

/** Puts the seed that should be into the drive, once there is one in it that is another. */
export function seedChanges(machine: VirtualMachine, { volumes }: Launched, wanted: Resources): Action[] {
  const [before, after] = [volumes[SEED], wanted.volumes[SEED]];
  const [disk] = seedDrive(machine.spec);
  return disk && before && after && before.path !== after.path ? [{ type: 'set-seed', disk }] : [];
}

/** Changes the seed of a running machine; what that means to the guest is told, and the old one goes. */
export async function setSeed(run: Run, { disk }: ActionOf<'set-seed'>): Promise<void> {
  const { context, machines, machine } = run;
  const uid = machine.metadata.uid ?? '';
  const { path } = await placedSeed(context, machines.host, machine);
  const volume = await changeMedium(run, disk, path === undefined ? undefined : volumeOf(path));
  await write(run, (record) => {
    if (!record.launched || !volume) return record;
    const { spec, volumes } = record.launched;
    const { cloudInit } = machine.spec;
    const launched = { ...record.launched, spec: { ...spec, cloudInit }, volumes: { ...volumes, [SEED]: volume } };
    return { ...record, launched };
  });
  context.events.record(machine, 'Normal', 'CloudInitChanged', meaning(machine));
  await removeSeeds(machines.host.paths, uid, path);
}

function meaning({ metadata, spec }: VirtualMachine): string {
  const id = spec.cloudInit && instanceIdOf(spec.cloudInit, metadata.uid ?? '');
  return `the guest finds another cloud-init seed at its next boot; its instance id is ${id}: what is done once for an id is not done again`;
}

/** What of the seed a machine runs with is no secret. */
export const seedStatus = (
  { cloudInit }: VirtualMachine['spec'],
  uid: string,
): Pick<VirtualMachineStatus, 'cloudInit'> =>
  cloudInit ? { cloudInit: { instanceId: instanceIdOf(cloudInit, uid) } } : {};
