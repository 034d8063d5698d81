import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { isNotFound } from '../../../schemas/client/errors.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import { removeCgroup, removeRunDir, runDirOf } from '../../host/index.ts';
import { removeTaps, tapsOf } from '../../network/tap/taps.ts';
import { observeQemu } from '../../qemu/process/index.ts';
import { releaseVolumes } from './claims.ts';
import { isOurs, type Placement } from './holder.ts';
import type { MachineRegistry } from './machines.ts';
import { type MachineRecord, RECORD_FILE, readMachineRecord } from './record.ts';

export interface Departure {
  readonly context: Context;
  readonly machines: MachineRegistry;
  readonly placement: () => Placement;
}

/**
 * Ends what this host has of machines that are another's, or nobody's, without our having let go of them: the node was taken
 * for dead and fenced, and came back. Machines whose object is gone altogether keep their qemu: an API that lost its objects, or
 * another cluster's, must not end every guest.
 */
export async function endDeparted(departure: Departure): Promise<void> {
  const { context, machines } = departure;
  const here = new Set(context.store.list('VirtualMachine').flatMap((machine) => ownUid(machine, departure)));
  for (const uid of await uidsWithRecord(machines.host.paths.runRoot)) {
    if (here.has(uid)) continue;
    await depart(departure, uid).catch((error) => context.log.error(`cannot let go of the machine ${uid}`, error));
  }
}

const ownUid = (machine: VirtualMachine, { placement }: Departure): string[] =>
  isOurs(machine, placement()) && machine.metadata.uid !== undefined ? [machine.metadata.uid] : [];

async function uidsWithRecord(folder: string): Promise<string[]> {
  const end = `.${RECORD_FILE}`;
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(end)).map((name) => basename(name, end));
}

/** The copy of the API's objects may be behind: what is asked for now counts. */
async function depart({ context, machines, placement }: Departure, uid: string): Promise<void> {
  const record = await readMachineRecord(runDirOf(machines.host.paths, uid));
  if (!record) return;
  const machine = await read(context, record);
  if (machine && isOurs(machine, placement())) return;
  await machines.exclusive(uid, () => letGo({ context, machines, placement }, record, machine));
}

async function read({ client }: Context, { namespace, name, uid }: MachineRecord): Promise<VirtualMachine | undefined> {
  try {
    const found = await client.get<VirtualMachine>(resourceOf(kindNames.VirtualMachine), { namespace, name });
    return found.metadata.uid === uid ? found : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function letGo(
  { context, machines }: Departure,
  record: MachineRecord,
  machine: VirtualMachine | undefined,
): Promise<void> {
  const { uid, namespace, name } = record;
  const { paths, cgroups } = machines.host;
  const qemu = await observeQemu({ runDir: runDirOf(paths, uid), uuid: uid });
  if (qemu.state !== 'gone') {
    if (!machine) {
      context.log.warn(`the machine ${namespace}/${name} has no object any more; its qemu is left alone`, { uid });
      return;
    }
    await machines.end(machine, { reason: 'NodeFenced', crashed: false, held: true });
    context.events.record(
      machine,
      'Warning',
      'NodeFenced',
      `its qemu on ${context.nodeName} was ended: it is not this node's any more`,
    );
  }
  await releaseVolumes(context, uid, record.launched?.volumes ?? {});
  await removeTaps(await tapsOf(uid));
  machines.drop(uid);
  await removeCgroup(cgroups, uid);
  await removeRunDir(paths, uid);
}
