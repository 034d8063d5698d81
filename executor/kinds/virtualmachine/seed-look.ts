import { SeedProblem, sourcesOf } from '../../../schemas/cloud-init/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { makeSeed, placeSeed, seedPath } from '../../cloudinit/index.ts';
import type { Context } from '../../controller/types.ts';
import { SEED } from '../../qemu/seed.ts';
import type { MachineHost } from './host.ts';
import type { Problem, Resources, VolumeFile } from './resources.ts';

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

export const volumeOf = (path: string): VolumeFile => ({ path, format: 'raw', readOnly: true });

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
