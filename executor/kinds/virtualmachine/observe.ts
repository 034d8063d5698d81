import { dirname } from 'node:path';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { agentChannel, agentSocket, type GuestView } from '../../agent/index.ts';
import type { Context } from '../../controller/types.ts';
import { tapsOf } from '../../network/tap/taps.ts';
import { buildCommand } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { macOf } from '../../qemu/devices/interface.ts';
import { diskDevice } from '../../qemu/identifiers.ts';
import { observeQemu, waitForExit } from '../../qemu/process/index.ts';
import { Refusal } from '../../qemu/refusal.ts';
import type { Qmp } from '../../qmp/index.ts';
import { availableBytes } from '../../storage/volume/space.ts';
import { isBeingReverted } from '../virtualmachinesnapshot/reverting.ts';
import { listDevices } from './disk-plug.ts';
import { isFrozen } from './frozen.ts';
import type { MachineHandle } from './handle.ts';
import type { MachineHost } from './host.ts';
import { qemuInput } from './input.ts';
import { seenOf } from './interface-status.ts';
import { whyInvalid } from './invalid.ts';
import type { Answer, Observed } from './observed.ts';
import { missingDisks } from './own-disks.ts';
import { observePassts } from './passt.ts';
import { whyUnpluggable } from './pluggable.ts';
import { findQemuOnce } from './processes.ts';
import type { MachineRecord } from './record.ts';
import { resolveResources } from './resolve.ts';
import type { NetworkView, Resources } from './resources.ts';
import { withSeed } from './seed-look.ts';
import { findStrays } from './stray-forwards.ts';

/** How long a qemu that was just found may take to answer before it counts as silent. */
const ADOPT_MS = 3000;
/** How long a process may take to end after its sockets are closed. */
const ENDING_MS = 200;
/** A qemu that answers slower than this is busy beyond use. */
const ANSWER = { timeoutMs: 5000 };

/** Looks at everything that concerns a machine. Changes nothing. */
export async function observe(
  context: Context,
  host: MachineHost,
  handle: MachineHandle,
  machine: VirtualMachine,
): Promise<Observed> {
  const record = await handle.record(machine);
  const { process, qemu } = await observeProcess(handle, machine);
  if (qemu?.status !== 'io-error') handle.triedAt = undefined;
  const frozen = qemu && process.state === 'running' && (await isFrozen(handle.runDir, process.pid));
  const seed = await handle.seed.at(context, host, machine);
  const resources = withSeed(resolveResources(machine, context.store, context.nodeName), seed);
  const guest = qemu && watchGuest(handle, machine, record, { qemu, networks: resources.networkView });
  const revertingTo = isBeingReverted(context.store, machine);
  const invalid = context.settings.standalone ? undefined : await whyInvalid(machine);
  const refusal =
    invalid || process.state !== 'gone' ? undefined : whyRefused(host, machine, record, resources, context);
  return {
    now: Date.now(),
    silentMs: handle.silentSince === undefined ? 0 : Date.now() - handle.silentSince,
    bootId: context.facts.bootId,
    process,
    record,
    resources,
    taps: await tapsOf(handle.uid),
    strays: await lookForStrays(handle, process, record),
    passts: qemu ? observePassts(handle, record.launched) : {},
    passtsAt: Object.fromEntries(handle.passtsAt),
    releasing: Object.fromEntries(handle.releasing),
    unpluggable: qemu ? whyUnpluggable({ context, host, machine, record, resources }, qemu.devices) : {},
    missingDisks: invalid === undefined ? missingDisks(machine, context.store) : [],
    ...(qemu && { qemu }),
    ...(guest && { guest }),
    ...(seed.againMs !== undefined && { seedAgainMs: seed.againMs }),
    ...(frozen && { frozen: { triedAt: handle.thawedAt ?? 0 } }),
    ...(invalid !== undefined && { invalid }),
    ...(refusal && { refusal }),
    ...(revertingTo !== undefined && { revertingTo }),
    ...(handle.askedAt !== undefined && { askedAt: handle.askedAt }),
    ...(handle.triedAt !== undefined && { triedAt: handle.triedAt }),
    ...(qemu?.status === 'io-error' && { hasRoom: await hasRoom(resources) }),
  };
}

/** A qemu without any is not asked again. */
async function lookForStrays(handle: MachineHandle, process: Observed['process'], { launched }: MachineRecord) {
  if (process.state !== 'running' || !handle.qmp || !launched?.ready) return [];
  const strays = await findStrays(handle, process.pid, launched).catch(() => undefined);
  if (strays?.length === 0) handle.sweptPid = process.pid;
  return strays ?? [];
}

/** A connection that just broke is most often the end of qemu: the process may need a moment more. */
async function observeProcess(
  handle: MachineHandle,
  machine: VirtualMachine,
): Promise<Pick<Observed, 'process' | 'qemu'>> {
  const find = (uuid: string, begun: boolean) => findQemuOnce(uuid, begun || handle.ran);
  const look = () => observeQemu({ runDir: handle.runDir, uuid: handle.uid, find });
  let process = await look();
  const qmp = process.state === 'running' ? await handle.connect(ADOPT_MS) : undefined;
  const qemu = qmp && (await ask(qmp, machine).catch(() => undefined));
  if (process.state === 'running' && !qemu && handle.silentSince === undefined) {
    await waitForExit(process, ENDING_MS);
    process = await look();
  }
  if (process.state === 'gone') handle.disconnect();
  else handle.ran = true;
  handle.silentSince = process.state === 'gone' || qemu ? undefined : (handle.silentSince ?? Date.now());
  return { process, ...(qemu && process.state === 'running' && { qemu }) };
}

async function ask(qmp: Qmp, machine: VirtualMachine): Promise<Answer> {
  const spec = completeSpec(machine.spec);
  const [{ status }, memoryBytes, characters, cpus, devices] = await Promise.all([
    qmp.execute('query-status', undefined, ANSWER),
    askMemory(qmp, spec.balloon.enabled),
    qmp.execute('query-chardev', undefined, ANSWER),
    qmp.execute('query-cpus-fast', undefined, ANSWER),
    listDevices(qmp),
  ]);
  const agent = agentChannel(machine.spec);
  const port = characters.find(({ label }) => agent !== undefined && label === `channel${agent}`);
  const full = status === 'io-error' ? await fullDisks(qmp) : [];
  return { status, full, agentConnected: port?.['frontend-open'] ?? false, cpus: cpus.length, memoryBytes, devices };
}

function watchGuest(
  handle: MachineHandle,
  { status }: VirtualMachine,
  { launched }: MachineRecord,
  { qemu, networks }: { readonly qemu: Answer; readonly networks: NetworkView },
): GuestView | undefined {
  if (!qemu.agentConnected || !launched) return handle.watchGuest(undefined);
  const macAddresses = (launched.spec.interfaces ?? []).map((nic) => macOf(handle.uid, nic).toLowerCase());
  const cards = { macAddresses, seen: seenOf(networks, macAddresses) };
  return handle.watchGuest(agentSocket(launched.spec, handle.runDir), qemu.status === 'running', status?.guest, cards);
}

async function askMemory(qmp: Qmp, balloon: boolean): Promise<number> {
  if (balloon) {
    const answer = await qmp.execute('query-balloon', undefined, ANSWER).catch(() => undefined);
    if (answer) return answer.actual;
  }
  const summary = await qmp.execute('query-memory-size-summary', undefined, ANSWER);
  return summary['base-memory'] + (summary['plugged-memory'] ?? 0);
}

/** Names of the disks whose write found no room. */
async function fullDisks(qmp: Qmp): Promise<string[]> {
  const devices = await qmp.execute('query-block', undefined, ANSWER);
  const prefix = diskDevice('');
  return devices
    .filter((device) => device['io-status'] === 'nospace')
    .map(({ qdev = '' }) => qdev.replace(/^\/machine\/peripheral\//, '').replace(/\/virtio-backend$/, ''))
    .map((id) => (id.startsWith(prefix) ? id.slice(prefix.length) : id));
}

/** What lets a guest write for a while: less, and it stands still again at once. */
const ROOM_BYTES = 1024n ** 2n;

async function hasRoom({ volumes }: Resources): Promise<boolean> {
  const folders = new Set(Object.values(volumes).map(({ path }) => dirname(path)));
  const free = await Promise.all([...folders].map((folder) => availableBytes(folder).catch(() => 0n)));
  return free.every((bytes) => bytes >= ROOM_BYTES);
}

/** Tries the command line without starting it: what is refused is known before anything is touched. */
function whyRefused(
  host: MachineHost,
  machine: VirtualMachine,
  record: MachineRecord,
  resources: Resources,
  context: Context,
): Pick<Refusal, 'reason' | 'field' | 'message'> | undefined {
  const accelerator = host.accelerated()?.accelerator;
  if (!accelerator || resources.diskProblems.length > 0 || resources.networkProblems.length > 0) return undefined;
  try {
    const volumes = Object.fromEntries(
      Object.entries(resources.volumes).map(([name, volume]) => [name, { ...volume, directIo: true }]),
    );
    const { extraArguments } = context.settings;
    buildCommand(qemuInput({ host, machine, record, resources, volumes, accelerator, extraArguments }));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
