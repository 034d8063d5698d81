import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { sameJson } from '../../controller/conditions.ts';
import type { NetworkBackend, PortForward, TapBackend } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { isHotPluggable, notPluggable } from '../../qemu/hotplug.ts';
import { diskDevice, interfaceDevice } from '../../qemu/identifiers.ts';
import type { Action } from './actions.ts';
import { setBalloon } from './balloon.ts';
import { type Difference, hardwareDifferences } from './differences.ts';
import type { Observed } from './observed.ts';
import { needsVolume } from './pluggable.ts';
import type { Launched } from './record.ts';
import { seedChanges, takesSeed } from './seed.ts';

interface Change {
  readonly machine: VirtualMachine;
  readonly launched: Launched;
  readonly seen: Observed;
  /** Name of the disk or interface that differs. */
  readonly name: string;
  readonly difference: Difference;
}

/** Why a change needs a restart, as a sentence; no word of it where the field itself says enough. */
interface Restart {
  readonly restart: string;
}

interface Rule {
  readonly pattern: RegExp;
  /** What brings it about while the machine runs; `later` while something is awaited; nothing where it needs a restart. */
  readonly act: (change: Change) => Action | Restart | 'later' | undefined;
}

const diskOf = ({ machine, name }: Change) => completeSpec(machine.spec).disks.find((disk) => disk.name === name);
const launchedDisk = ({ launched, name }: Change) =>
  completeSpec(launched.spec).disks.find((disk) => disk.name === name);

/** Changes that a running machine takes. */
const RULES: readonly Rule[] = [
  {
    pattern: /^spec\.cloudInit\b/,
    act: ({ machine, launched }) => (takesSeed(launched.spec, machine.spec) ? 'later' : undefined),
  },
  { pattern: /^spec\.disks\[cloud\.init\]/, act: () => 'later' },
  {
    pattern: /^spec\.interfaces\[([^\]]+)\]\.linkState$/,
    act: ({ name, difference }) => ({ type: 'set-link', name, up: difference.after !== 'Down' }),
  },
  { pattern: /^spec\.interfaces\[([^\]]+)\]\.forwards$/, act: setForwards },
  { pattern: /^spec\.interfaces\[([^\]]+)\]\.addresses$/, act: takeAddresses },
  { pattern: /^spec\.interfaces\[([^\]]+)\]\.(?:network|bandwidth|isolated|filter)\b/, act: setTap },
  { pattern: /^spec\.interfaces\[([^\]]+)\]$/, act: plugOrReleaseInterface },
  { pattern: /^spec\.disks\[([^\]]+)\]\.iotune\b/, act: setLimits },
  { pattern: /^spec\.disks\[([^\]]+)\]\.(image|disk|blank|source)\b/, act: setMedium },
  { pattern: /^spec\.disks\[([^\]]+)\]$/, act: plugOrRelease },
  {
    pattern: /^spec\.memory\.(size|current)$/,
    act: ({ machine, launched, name }) => setBalloon(machine.spec, launched, name),
  },
];

function setForwards({ launched, seen, name }: Change): Action | undefined {
  const [before, after] = [launched.networks[name], seen.resources.networks[name]];
  if (before?.tap && after?.tap) return { type: 'set-tap', name };
  return before?.user && after?.user && forwardsChange(name, before, after);
}

/** The network gives them out, with the guest's next lease. */
function takeAddresses({ launched, name }: Change): Action | undefined {
  return launched.networks[name]?.tap ? { type: 'set-tap', name } : undefined;
}

/** The cable goes to another network of the host, or takes other limits; qemu's own network is a part of qemu. */
function setTap({ launched, seen, name }: Change): Action | 'later' | undefined {
  const [before, after] = [launched.networks[name]?.tap, seen.resources.networks[name]];
  if (!before) return undefined;
  if (!after) return 'later';
  return after.tap && samePort(before, after.tap) ? { type: 'set-tap', name } : undefined;
}

/** What qemu itself knows of a tap was settled when it opened it. */
const samePort = (before: TapBackend, after: TapBackend): boolean =>
  before.queues === after.queues && before.offload === after.offload && before.mtu === after.mtu;

/** Two lists of forwards as what is to go and what is to come. */
function forwardsChange(name: string, before: NetworkBackend, after: NetworkBackend): Action {
  const forwards = ({ user }: NetworkBackend) => user?.forwards ?? [];
  const missingIn = (list: readonly PortForward[], other: readonly PortForward[]) =>
    list.filter((forward) => !other.some((candidate) => sameJson(candidate, forward)));
  const [old, wanted] = [forwards(before), forwards(after)];
  return { type: 'set-forwards', name, remove: missingIn(old, wanted), add: missingIn(wanted, old) };
}

function setLimits(change: Change): Action | undefined {
  const disk = diskOf(change);
  return disk && { type: 'set-limits', disk };
}

const isRemovable = (disk: Disk | undefined): boolean => disk?.device === 'cdrom' || disk?.device === 'floppy';

/** Only a drive with removable media, and only once the new medium is there. */
function setMedium(change: Change): Action | 'later' | undefined {
  const disk = diskOf(change);
  if (!disk || !isRemovable(disk) || !isRemovable(launchedDisk(change))) return undefined;
  return !needsVolume(disk) || change.seen.resources.volumes[disk.name] ? { type: 'set-medium', disk } : 'later';
}

function plugOrRelease(change: Change): Action | Restart | 'later' | undefined {
  const [before, after] = [launchedDisk(change), diskOf(change)];
  if (after) return plugIn(change, after);
  return before && release(change, before);
}

/** Once its volume is there, and no other disk of this machine has it any more: a disk may get another name. */
function plugIn({ launched, seen }: Change, disk: Disk): Action | Restart | 'later' {
  const why = seen.unpluggable[disk.name];
  if (why !== undefined) return { restart: why };
  const volume = seen.resources.volumes[disk.name];
  if (needsVolume(disk) && !volume) return 'later';
  const taken = volume && !volume.readOnly && Object.values(launched.volumes).some(({ path }) => path === volume.path);
  return taken ? 'later' : { type: 'plug-disk', disk };
}

/** A guest that does not answer is asked again so often; after the first of these it is told of. */
const RELEASE = { tellMs: 5000, againMs: 30_000 } as const;

/** Whether a guest has had its time to let go of a disk. */
export const isHeldBack = ({ now, releasing }: Observed, name: string): boolean =>
  releasing[name] !== undefined && now - releasing[name] >= RELEASE.tellMs;

function release({ seen }: Change, disk: Disk): Action | Restart {
  const { name } = disk;
  if (!isHotPluggable(disk)) return { restart: notPluggable(disk) };
  if (!seen.qemu?.devices.includes(diskDevice(name))) return { type: 'free-disk', name };
  const passed = seen.now - (seen.releasing[name] ?? Number.NEGATIVE_INFINITY);
  if (passed >= RELEASE.againMs) return { type: 'release-disk', name };
  return { type: 'wait', ms: (passed < RELEASE.tellMs ? RELEASE.tellMs : RELEASE.againMs) - passed };
}

/** Disks whose device the guest has thrown out by itself: they are plugged in again, as the spec says. */
function thrownOut({ spec }: VirtualMachine, launched: Launched, { qemu }: Observed): Action[] {
  const wanted = new Set((spec.disks ?? []).map(({ name }) => name));
  return completeSpec(launched.spec)
    .disks.filter((disk) => wanted.has(disk.name) && isHotPluggable(disk))
    .filter(({ name }) => qemu && !qemu.devices.includes(diskDevice(name)))
    .map(({ name }) => ({ type: 'free-disk', name }));
}

/** Interfaces that the guest let go of after they were wanted again, or whose removal an executor did not live to write down. */
function letGo({ spec }: VirtualMachine, launched: Launched, { qemu }: Observed): Action[] {
  const wanted = new Set((spec.interfaces ?? []).map(({ name }) => name));
  return completeSpec(launched.spec)
    .interfaces.filter(({ name, network }) => network && wanted.has(name))
    .filter(({ name }) => qemu && !qemu.devices.includes(interfaceDevice(name)))
    .map(({ name }) => ({ type: 'free-interface', name }));
}

function plugOrReleaseInterface(change: Change): Action | Restart | 'later' | undefined {
  const { machine, launched, seen, name } = change;
  const named = (spec: VirtualMachine['spec']) => completeSpec(spec).interfaces.find((nic) => nic.name === name);
  const [before, after] = [named(launched.spec), named(machine.spec)];
  if (!after) return before && releaseInterface(seen, name);
  const why = seen.unpluggable[interfaceDevice(name)];
  if (why !== undefined) return { restart: why };
  return seen.resources.networks[name] ? { type: 'plug-interface', nic: after } : 'later';
}

function releaseInterface(seen: Observed, name: string): Action | Restart {
  const id = interfaceDevice(name);
  if (!seen.qemu?.devices.includes(id)) return { type: 'free-interface', name };
  const passed = seen.now - (seen.releasing[id] ?? Number.NEGATIVE_INFINITY);
  if (passed >= RELEASE.againMs) return { type: 'release-interface', name };
  return { type: 'wait', ms: (passed < RELEASE.tellMs ? RELEASE.tellMs : RELEASE.againMs) - passed };
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
    if (action === 'later') continue;
    if (action === undefined) needRestart.push(difference.path);
    else if ('restart' in action) needRestart.push(`${difference.path} (${action.restart})`);
    else actions.set(JSON.stringify(action), action);
  }
  for (const action of [
    ...networkChanges(launched, seen),
    ...thrownOut(machine, launched, seen),
    ...letGo(machine, launched, seen),
    ...seedChanges(machine, launched, seen.resources),
  ])
    actions.set(JSON.stringify(action), action);
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
    if (!after || sameJson(before, after)) return [];
    if (before.tap && after.tap) return samePort(before.tap, after.tap) ? [{ type: 'set-tap', name } as const] : [];
    // Which program carries the packets is settled at the start.
    if (!before.user || !after.user || sameJson(before.user.forwards, after.user.forwards)) return [];
    return [forwardsChange(name, before, after)];
  });
}

/** What to do at once; what was tried and failed comes again with the next look. */
export const planChanges = (machine: VirtualMachine, seen: Observed): readonly Action[] =>
  seen.invalid ? [] : changesOf(machine, seen).actions;
