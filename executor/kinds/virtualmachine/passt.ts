import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { sameJson } from '../../controller/conditions.ts';
import { createCgroup } from '../../host/index.ts';
import type { ProcessInfo } from '../../host/proc.ts';
import { freePort } from '../../network/free-port.ts';
import { argumentsOf, type PasstGuest, passtArguments, settingsOf } from '../../network/passt/arguments.ts';
import {
  findPasst,
  PasstError,
  requireFree,
  setPasstForwards,
  startPasst,
  stopPasst,
} from '../../network/passt/process.ts';
import type { PortForward, UserBackend } from '../../qemu/argv.ts';
import { passtLetters, passtMac } from '../../qemu/identifiers.ts';
import { passtControl, passtSocket } from '../../qemu/sockets.ts';
import type { Action, ActionOf } from './actions.ts';
import { type MachineHandle, writeRecord } from './handle.ts';
import type { MachineHost } from './host.ts';
import type { Observed, PasstState } from './observed.ts';
import type { Launched } from './record.ts';

/** One that ends at once is not started more often than this. */
const PAUSE_MS = 2000;

/** An interface whose packets passt carries. */
interface Cable {
  readonly name: string;
  readonly user: UserBackend;
  readonly guest: PasstGuest;
}

/** Frames larger than these are for cards that were made for them. */
const ETHERNET_MTU = 1500;

type Place = Pick<MachineHandle, 'uid' | 'runDir'>;

function cablesOf({ uid, runDir }: Place, launched: Launched | undefined): Cable[] {
  return (launched?.spec.interfaces ?? []).flatMap((nic) => {
    const { user } = launched?.networks[nic.name] ?? {};
    if (user?.program !== 'Passt') return [];
    const mtu = nic.mtu ?? (nic.model?.startsWith('virtio') ? undefined : ETHERNET_MTU);
    const control = user.control && passtControl(runDir, passtLetters(uid, nic.name));
    return [{ name: nic.name, user, guest: { mac: passtMac(uid, nic.name), mtu, control } }];
  });
}

const portsOf = ({ forwards, access = [] }: UserBackend): PortForward[] => [...forwards, ...access];

/** How the passts of a running machine are, by the names of interfaces. Without such an interface nothing is looked at. */
export function observePassts(handle: MachineHandle, launched: Launched | undefined): Record<string, PasstState> {
  const states = cablesOf(handle, launched).map((cable): [string, PasstState] => {
    const found = findPasst(cable.guest.mac);
    if (!found) return [cable.name, 'gone'];
    return [cable.name, isAsWanted(handle, cable, found) ? 'there' : 'stale'];
  });
  return Object.fromEntries(states);
}

/** What one that takes other forwards has by now is what it was told; an executor that has just come tells it again. */
function isAsWanted({ passtsTold }: MachineHandle, { name, guest, user }: Cable, { pid, argv }: ProcessInfo): boolean {
  if (guest.control === undefined) return sameJson(argumentsOf(argv), passtArguments(guest, portsOf(user)));
  const told = passtsTold.get(name);
  return hasSettings(argv, guest) && told?.pid === pid && sameJson(told.forwards, portsOf(user));
}

function hasSettings(argv: readonly string[], guest: PasstGuest): boolean {
  const settings = settingsOf(guest);
  return sameJson(argumentsOf(argv)?.slice(0, settings.length), settings);
}

/** Each has its passt; a guest whose passt ended waits for the next one without noticing. Pure. */
export const planPassts = ({ passts, passtsAt, now }: Observed): Action[] =>
  Object.entries(passts).flatMap(([name, state]): Action[] => {
    if (state === 'there') return [];
    const wait = (passtsAt[name] ?? Number.NEGATIVE_INFINITY) + PAUSE_MS - now;
    return state === 'gone' && wait > 0 ? [{ type: 'wait', ms: wait }] : [{ type: 'serve-user', name }];
  });

/** What it takes to act on a machine's passts, within a reconciliation or between two. */
interface Parts {
  readonly machines: { readonly host: MachineHost };
  readonly handle: MachineHandle;
  readonly machine: VirtualMachine;
}

/** Has passt carry an interface's packets: one that runs is told of other forwards, or ended for the next. @throws PasstError */
async function serve(host: MachineHost, handle: MachineHandle, cable: Cable): Promise<void> {
  const { name, guest, user } = cable;
  const there = findPasst(guest.mac);
  const forwards = portsOf(user);
  if (there && guest.control !== undefined && hasSettings(there.argv, guest)) {
    handle.passtsTold.delete(name);
    await setPasstForwards(guest.control, forwards);
    handle.passtsTold.set(name, { pid: there.pid, forwards });
    return;
  }
  await stopPasst(guest.mac);
  const pid = await start(host, handle, cable);
  handle.passtsTold.set(name, { pid, forwards });
}

async function start(
  { cgroups, user: { user } }: MachineHost,
  handle: MachineHandle,
  { name, guest, user: { forwards, access = [] } }: Cable,
): Promise<number> {
  const ports = [...forwards, ...access];
  handle.passtsAt.set(name, Date.now());
  return startPasst({
    socketPath: passtSocket(handle.runDir, passtLetters(handle.uid, name)),
    argv: passtArguments(guest, ports),
    mac: guest.mac,
    ports,
    onExit: () => handle.look(),
    cgroupProcs: (await createCgroup(cgroups, handle.uid)).procs,
    ...(user && { user }),
  });
}

/** Before the guest runs. @throws PasstError */
export async function servePassts(host: MachineHost, handle: MachineHandle, launched: Launched): Promise<void> {
  for (const cable of cablesOf(handle, launched)) await serve(host, handle, cable);
}

async function cableOf({ handle, machine }: Parts, name: string): Promise<Cable | undefined> {
  const { launched } = await handle.record(machine);
  return cablesOf(handle, launched).find((cable) => cable.name === name);
}

export async function serveUser(parts: Parts, { name }: Pick<ActionOf<'serve-user'>, 'name'>): Promise<void> {
  const cable = await cableOf(parts, name);
  if (cable) await serve(parts.machines.host, parts.handle, cable);
}

/** @throws PasstError while the passt that runs goes on, rather than after it was ended for one that cannot listen */
export async function requireNewFree(user: UserBackend, wanted: readonly PortForward[]): Promise<void> {
  const mine = portsOf(user);
  await requireFree(wanted.filter((forward) => !mine.some((one) => sameJson(one, forward))));
}

/** Ports that are reached without having been forwarded, at one time; passt is told of each on its command line. */
const MOST_ACCESS = 64;

/** The forward through which a port of the guest is reached from this node; one that is there, or a new one of loopback. */
export async function accessForward(
  parts: Parts,
  name: string,
  wanted: Pick<PortForward, 'port' | 'protocol'>,
): Promise<PortForward> {
  const { user } = (await cableOf(parts, name)) ?? {};
  if (!user) throw new PasstError(`the interface ${name} is not on passt any more`);
  const leadsThere = ({ port, protocol }: PortForward) => port === wanted.port && protocol === wanted.protocol;
  const there = portsOf(user).find(leadsThere);
  if (there) return there;
  const forward = { hostAddress: '127.0.0.1', hostPort: await freePort(), ...wanted };
  await setUser(parts, name, { ...user, access: [...(user.access ?? []), forward].slice(-MOST_ACCESS) });
  try {
    await serveUser(parts, { name });
    return forward;
  } catch (error) {
    await setUser(parts, name, user);
    throw error;
  }
}

const setUser = (parts: Parts, name: string, user: UserBackend): Promise<void> =>
  writeRecord(parts, ({ launched, ...record }) =>
    launched ? { ...record, launched: { ...launched, networks: { ...launched.networks, [name]: { user } } } } : record,
  );
