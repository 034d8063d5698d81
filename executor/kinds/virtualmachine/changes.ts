import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import { sameJson } from '../../controller/conditions.ts';
import type { NetworkBackend, PortForward } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Action } from './actions.ts';
import { type Difference, hardwareDifferences } from './differences.ts';
import type { Observed } from './observed.ts';
import type { Launched } from './record.ts';

interface Change {
  readonly machine: VirtualMachine;
  readonly launched: Launched;
  readonly seen: Observed;
  /** Name of the disk or interface that differs. */
  readonly name: string;
  readonly difference: Difference;
}

interface Rule {
  readonly pattern: RegExp;
  /** What brings it about while the machine runs; nothing where this very change needs a restart. */
  readonly act: (change: Change) => Action | undefined;
}

const diskOf = ({ machine, name }: Change) => completeSpec(machine.spec).disks.find((disk) => disk.name === name);
const launchedDisk = ({ launched, name }: Change) =>
  completeSpec(launched.spec).disks.find((disk) => disk.name === name);

/** Changes that a running machine takes. */
const RULES: readonly Rule[] = [
  {
    pattern: /^spec\.interfaces\[([^\]]+)\]\.linkState$/,
    act: ({ name, difference }) => ({ type: 'set-link', name, up: difference.after !== 'Down' }),
  },
  { pattern: /^spec\.interfaces\[([^\]]+)\]\.forwards$/, act: setForwards },
  { pattern: /^spec\.disks\[([^\]]+)\]\.iotune\b/, act: setLimits },
  { pattern: /^spec\.disks\[([^\]]+)\]\.(image|disk|blank)\b/, act: setMedium },
  { pattern: /^spec\.memory\.(size)$/, act: setBalloon },
];

function setForwards({ launched, seen, name }: Change): Action | undefined {
  const [before, after] = [launched.networks[name], seen.resources.networks[name]];
  return before && after && forwardsChange(name, before, after);
}

/** Two lists of forwards as what is to go and what is to come. */
function forwardsChange(name: string, before: NetworkBackend, after: NetworkBackend): Action {
  const missingIn = (list: readonly PortForward[], other: readonly PortForward[]) =>
    list.filter((forward) => !other.some((candidate) => sameJson(candidate, forward)));
  const [old, wanted] = [before.user.forwards, after.user.forwards];
  return { type: 'set-forwards', name, remove: missingIn(old, wanted), add: missingIn(wanted, old) };
}

function setLimits(change: Change): Action | undefined {
  const disk = diskOf(change);
  return disk && { type: 'set-limits', disk };
}

/** Only a drive with removable media, and only once the new medium is there. */
function setMedium(change: Change): Action | undefined {
  const disk = diskOf(change);
  if (disk?.device !== 'cdrom' || launchedDisk(change)?.device !== 'cdrom') return undefined;
  const empty = !disk.image && !disk.disk && !disk.blank;
  return empty || change.seen.resources.volumes[disk.name] ? { type: 'set-medium', disk } : undefined;
}

/** A balloon takes memory from the guest and gives it back, never more than the guest started with. */
function setBalloon({ machine, launched }: Change): Action | undefined {
  const bytes = parseSize(machine.spec.memory.size);
  const offered = completeSpec(launched.spec).balloon.enabled;
  return offered && bytes <= BigInt(launched.memoryBytes) ? { type: 'set-balloon', bytes: Number(bytes) } : undefined;
}

interface Changes {
  readonly actions: readonly Action[];
  /** Paths of the fields that the running machine cannot take. */
  readonly needRestart: readonly string[];
}

/** Sorts what differs from the running machine into what is done at once and what has to wait for a restart. */
export function changesOf(machine: VirtualMachine, seen: Observed): Changes {
  const { launched } = seen.record;
  if (!launched?.ready) return { actions: [], needRestart: [] };
  const actions = new Map<string, Action>();
  const needRestart: string[] = [];
  for (const difference of hardwareDifferences(launched.spec, machine.spec)) {
    const action = liveAction(machine, seen, launched, difference);
    if (action) actions.set(JSON.stringify(action), action);
    else needRestart.push(difference.path);
  }
  for (const action of networkChanges(launched, seen)) actions.set(JSON.stringify(action), action);
  return { actions: [...actions.values()], needRestart: needRestart.sort() };
}

function liveAction(machine: VirtualMachine, seen: Observed, launched: Launched, difference: Difference) {
  const rule = RULES.find(({ pattern }) => pattern.test(difference.path));
  const name = rule?.pattern.exec(difference.path)?.[1] ?? '';
  return rule?.act({ machine, launched, seen, name, difference });
}

/** Forwards that a network, not the machine, has changed. */
function networkChanges(launched: Launched, seen: Observed): Action[] {
  return Object.entries(launched.networks).flatMap(([name, before]) => {
    const after = seen.resources.networks[name];
    return after && !sameJson(before, after) ? [forwardsChange(name, before, after)] : [];
  });
}

/** What to do at once; what was tried and failed comes again with the next look. */
export const planChanges = (machine: VirtualMachine, seen: Observed): readonly Action[] =>
  seen.invalid ? [] : changesOf(machine, seen).actions;
