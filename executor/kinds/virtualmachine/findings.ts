import { LIBVIRT_UNSUPPORTED } from '../../../schemas/kinds/annotations.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { agentChannel, type GuestState } from '../../agent/index.ts';
import { type Finding, fails, holds, unknown } from '../../controller/conditions.ts';
import type { Acceleration } from '../../host/index.ts';
import { interfaceDevice } from '../../qemu/identifiers.ts';
import { changesOf, isHeldBack } from './changes.ts';
import { goalOf } from './goal.ts';
import type { Observed } from './observed.ts';
import { observedPower } from './power.ts';
import type { Problem } from './resources.ts';
import { untuned } from './tuning/limits.ts';
import { unsupportedFields } from './unsupported.ts';
import { unsupportedInterfaceFields } from './unsupported-interface.ts';

/** What of the node a machine's conditions speak about. */
export interface NodeView {
  readonly nodeName: string;
  readonly acceleration: Acceleration | undefined;
  /** Why qemu is less confined than it could be; nothing where it is as it should be. */
  readonly unconfined: string | undefined;
  readonly extraArguments: boolean;
  /** Version of the control groups in which machines have limits; nothing where there are none. */
  readonly cgroups?: 'v1' | 'v2';
  /** Why a machine that is bound here may not be started here yet. */
  readonly notStarted?: Problem | undefined;
  /** What a live change last failed with. */
  readonly problem: Problem | undefined;
}

/** Reasons of a failed start that are about the network. */
const NETWORK_REASONS: readonly string[] = ['PortTaken'];

const join = (problems: readonly Problem[]): string => problems.map(({ message }) => message).join('; ');

function resourcesFinding(type: string, problems: readonly Problem[], fine: string): Finding {
  const [first] = problems;
  return first ? fails(type, first.reason, join(problems)) : holds(type, 'Found', fine);
}

function network({ resources, record }: Observed, { problem }: NodeView): Finding {
  const live = [record.startFailure, problem].filter((item) => item && NETWORK_REASONS.includes(item.reason));
  const problems = [...resources.networkProblems, ...live.flatMap((item) => (item ? [item] : []))];
  return resourcesFinding('NetworksReady', problems, 'every network is there');
}

/** The one thing that keeps a machine from being as it should be; nothing when it is. */
function obstacle(machine: VirtualMachine, seen: Observed, node: NodeView): Problem | undefined {
  const { process, qemu, record, resources, invalid, refusal } = seen;
  if (invalid !== undefined) return { reason: 'InvalidSpec', message: invalid };
  if (process.state === 'unknown') return { reason: 'QemuStopped', message: process.reason };
  if (process.state === 'running' && !qemu) {
    const message = `qemu (pid ${process.pid}) lives and does not answer; it is neither ended nor replaced`;
    return { reason: 'QemuSilent', message };
  }
  if (goalOf(machine) === 'Stopped') return undefined;
  if (seen.revertingTo !== undefined) return beingReverted(seen.revertingTo);
  if (node.notStarted) return node.notStarted;
  if (qemu?.status === 'io-error') return fullDisk(qemu.full);
  if (qemu) return node.problem;
  if (refusal) return refusal;
  return resources.diskProblems[0] ?? resources.networkProblems[0] ?? record.startFailure;
}

const beingReverted = (snapshot: string): Problem => ({
  reason: 'BeingReverted',
  message: `the machine is being put back to the snapshot ${snapshot}, and neither started nor continued until that is done: see the conditions of the snapshot`,
});

function fullDisk(full: readonly string[]): Problem {
  if (full.length === 0) return { reason: 'DiskError', message: 'a disk of the host failed; see the events of qemu' };
  const message = `the host has no room for the disks ${full.join(', ')}; the machine goes on once there is some`;
  return { reason: 'DiskFull', message };
}

function readiness(machine: VirtualMachine, seen: Observed, node: NodeView): Finding {
  const problem = obstacle(machine, seen, node);
  if (problem) return fails('Ready', problem.reason, problem.message);
  const power = observedPower(machine, seen);
  const goal = goalOf(machine);
  if (power === goal) return holds('Ready', power, `the machine is ${power.toLowerCase()}, as it should be`);
  const { lastStop, held } = seen.record;
  if (seen.process.state === 'gone' && lastStop) {
    const next = held ? 'its restart policy leaves it off' : 'it is started again';
    return fails('Ready', lastStop.reason, `${lastStop.message ?? 'the machine ended'}; ${next}`);
  }
  return fails('Ready', power, `the machine is ${power.toLowerCase()} and should be ${goal.toLowerCase()}`);
}

function restart(machine: VirtualMachine, seen: Observed): Finding {
  const fields = seen.invalid ? [] : changesOf(machine, seen).needRestart;
  if (seen.process.state === 'gone')
    return fails('RestartRequired', 'NotRunning', 'the next start takes all of the spec');
  if (fields.length === 0) return fails('RestartRequired', 'UpToDate', 'the machine runs with its spec');
  return holds(
    'RestartRequired',
    'SpecChanged',
    `changed since the start and not possible while running: ${fields.join(', ')}`,
  );
}

/** Interfaces are asked for under the name of their device: a disk may be called the same. */
const isCard = (id: string): boolean => id.startsWith(interfaceDevice(''));

/** Told only where it is so: a guest that lets go at once needs no words. */
function detaching({ spec }: VirtualMachine, seen: Observed): Finding[] {
  const nics = new Set((spec.interfaces ?? []).map(({ name }) => interfaceDevice(name)));
  const cards = Object.keys(seen.releasing).filter((id) => isCard(id) && !nics.has(id) && isHeldBack(seen, id));
  if (seen.qemu && cards.length > 0) {
    const names = cards.map((id) => id.slice(interfaceDevice('').length)).join(', ');
    const message = `the guest has not let go of the interfaces ${names}: remove them in it, or stop the machine; it is asked again every 30 s`;
    return [holds('DetachPending', 'GuestHoldsInterface', message)];
  }
  const wanted = new Set((spec.disks ?? []).map(({ name }) => name));
  const held = Object.keys(seen.releasing).filter(
    (name) => !isCard(name) && !wanted.has(name) && isHeldBack(seen, name),
  );
  if (!seen.qemu || held.length === 0) return [];
  const message = `the guest has not let go of the disks ${held.join(', ')}: unmount them in it, or stop the machine; it is asked again every 30 s`;
  return [holds('DetachPending', 'GuestHoldsDisk', message)];
}

const MOST_PLACES = 20;

/** What an import kept of libvirt's XML for export alone. */
function keptWithoutEffect({ metadata }: VirtualMachine): string | undefined {
  const places = metadata.annotations?.[LIBVIRT_UNSUPPORTED]?.split('\n') ?? [];
  if (places.length === 0) return undefined;
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : '';
  return `kept from libvirt's XML for export, without effect: ${places.slice(0, MOST_PLACES).join(', ')}${more}`;
}

function support(machine: VirtualMachine, seen: Observed, node: NodeView): Finding {
  const { acceleration, extraArguments, cgroups } = node;
  const ofNode = { ...(acceleration && { accelerator: acceleration.accelerator }), extraArguments };
  const ofNetworks = unsupportedInterfaceFields(machine.spec, seen.resources.networkView);
  const found = [...untuned(machine.spec.tuning, cgroups), ...(seen.record.launched?.untuned ?? [])];
  const fields = [...unsupportedFields(machine, ofNode), ...ofNetworks, ...new Set(found)];
  const kept = keptWithoutEffect(machine);
  if (fields.length === 0 && kept === undefined)
    return holds('SpecSupported', 'Supported', 'every field has its effect');
  const parts = [
    ...(fields.length > 0 ? [`without effect on this node: ${fields.join(', ')}`] : []),
    kept ?? [],
  ].flat();
  return fails('SpecSupported', fields.length > 0 ? 'NotCarriedOut' : 'KeptWithoutEffect', parts.join('; '));
}

function accelerated({ acceleration }: NodeView): Finding {
  if (!acceleration) return unknown('Accelerated', 'Probing', 'whether KVM runs guests here is being tried');
  const kvm = acceleration.accelerator === 'kvm';
  return kvm ? holds('Accelerated', 'Kvm', acceleration.reason) : fails('Accelerated', 'Emulated', acceleration.reason);
}

const AGENT = {
  Asking: unknown('GuestAgentConnected', 'Asking', 'something listens in the guest, and is asked who it is'),
  Answering: holds('GuestAgentConnected', 'Connected', 'the guest agent answers'),
  Silent: fails('GuestAgentConnected', 'NotAnswering', 'something listens in the guest and does not answer'),
} satisfies Record<GuestState, Finding>;

function agent({ spec }: VirtualMachine, { guest }: Observed): Finding {
  if (guest) return AGENT[guest.state];
  return agentChannel(spec) === undefined
    ? fails('GuestAgentConnected', 'NoChannel', 'the machine has no channel for a guest agent; see spec.channels')
    : fails(
        'GuestAgentConnected',
        'NotConnected',
        'no guest agent listens; is qemu-guest-agent installed in the guest?',
      );
}

/** Everything that is said of a machine, one finding a type. */
export function findings(machine: VirtualMachine, seen: Observed, node: NodeView): Finding[] {
  const { full } = seen.qemu ?? { full: [] };
  return [
    readiness(machine, seen, node),
    node.notStarted
      ? fails('Scheduled', node.notStarted.reason, node.notStarted.message)
      : holds('Scheduled', 'Bound', `bound to the node ${machine.spec.nodeName ?? node.nodeName}`),
    resourcesFinding('DisksReady', seen.resources.diskProblems, 'every disk is there'),
    network(seen, node),
    accelerated(node),
    node.unconfined === undefined
      ? holds('Confined', 'Confined', 'qemu runs as a user and in a control group of its own')
      : fails('Confined', 'LessConfined', node.unconfined),
    support(machine, seen, node),
    restart(machine, seen),
    agent(machine, seen),
    ...detaching(machine, seen),
    ...(full.length > 0 ? [holds('DiskFull', 'NoSpace', fullDisk(full).message)] : []),
  ];
}
