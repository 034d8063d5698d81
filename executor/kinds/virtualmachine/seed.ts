import { instanceIdOf } from '../../../schemas/cloud-init/index.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { removeSeeds } from '../../cloudinit/index.ts';
import { sameJson } from '../../controller/conditions.ts';
import { SEED, seedDrive } from '../../qemu/seed.ts';
import type { Action, ActionOf } from './actions.ts';
import { writeRecord } from './handle.ts';
import { changeMedium } from './medium.ts';
import type { Launched } from './record.ts';
import type { Resources } from './resources.ts';
import type { Run } from './run.ts';
import { placedSeed, volumeOf } from './seed-look.ts';

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
  await writeRecord(run, (record) => {
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
