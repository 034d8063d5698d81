import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { runDirOf } from '../../host/index.ts';
import { findScsiDevices } from '../../host/scsi-generic.ts';
import { withPrograms } from '../../network/user.ts';
import type { QemuInput, Volume } from '../../qemu/argv.ts';
import { familyOf } from '../../qemu/board.ts';
import { variablesFile } from './firmware.ts';
import type { MachineHost } from './host.ts';
import type { MachineRecord } from './record.ts';
import type { Resources } from './resources.ts';

export interface InputParts {
  readonly host: MachineHost;
  readonly machine: VirtualMachine;
  readonly record: MachineRecord;
  readonly resources: Resources;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly accelerator: 'kvm' | 'tcg';
  readonly extraArguments: boolean;
}

/** The generic SCSI devices of this node that a machine is given, as they are now. */
function scsiDevicesOf({ spec }: VirtualMachine): Record<string, string> {
  const wanted = (spec.hostDevices ?? []).flatMap(({ name, scsi }) =>
    scsi && !scsi.network ? [[name, scsi] as const] : [],
  );
  return findScsiDevices(Object.fromEntries(wanted));
}

const TYPE = 'q35';

/** Everything that the command line is made from. @throws Refusal for a machine type that is not supported */
export function qemuInput(parts: InputParts): QemuInput {
  const { host, machine, record, resources, volumes, accelerator, extraArguments } = parts;
  const { namespace = 'default', name, uid = '' } = machine.metadata;
  return {
    namespace,
    name,
    uuid: uid,
    spec: machine.spec,
    accelerator: machine.spec.machine?.accelerator === 'tcg' ? 'tcg' : accelerator,
    machineType: chosenType(machine.spec.machine?.type ?? TYPE, record.machineType),
    runDir: runDirOf(host.paths, uid),
    volumes,
    networks: withPrograms(resources.networks, host.abilities),
    ...(resources.kernel && { kernel: resources.kernel }),
    variables: variablesFile(host.paths, uid),
    host: host.abilities,
    slots: record.slots,
    scsiDevices: scsiDevicesOf(machine),
    extraArguments,
  };
}

/** A family stays at the version of the first start, so that the guest finds the same board; a version is taken as it is. */
function chosenType(wanted: string, pinned: string | undefined): string {
  const isFamily = wanted === 'q35' || wanted === 'pc';
  return isFamily && pinned !== undefined && familyOf(pinned) === wanted ? pinned : wanted;
}
