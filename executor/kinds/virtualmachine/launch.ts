import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import { makePipe } from '../../console/pipe.ts';
import type { Context } from '../../controller/types.ts';
import { createCgroup, makeRunDir, type Owner } from '../../host/index.ts';
import { ensureTaps } from '../../network/tap/taps.ts';
import { buildCommand } from '../../qemu/argv.ts';
import { clockStart } from '../../qemu/clock-start.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { type QemuProcess, terminateQemu, unlessExited } from '../../qemu/process/index.ts';
import { consolePipe, serialPipe } from '../../qemu/sockets.ts';
import type { Qmp } from '../../qmp/index.ts';
import { timestampOf } from '../common/condition.ts';
import { claimVolumes, releaseVolumes } from './claims.ts';
import { displayPorts } from './display-ports.ts';
import { prepareFirmware } from './firmware.ts';
import type { MachineHandle } from './handle.ts';
import type { MachineHost } from './host.ts';
import { giveBack, lockedBytes, planFunctions } from './host-functions.ts';
import { qemuInput } from './input.ts';
import { checkNodeChains } from './node-chains.ts';
import { checkNodeFiles } from './node-files.ts';
import { lookAt, requireOpened } from './opened.ts';
import { servePassts } from './passt.ts';
import type { Launched, MachineRecord } from './record.ts';
import type { Resources } from './resources.ts';
import { secretsOf, withSecrets } from './secrets.ts';
import { settle } from './settle.ts';
import { startQemu } from './start-qemu.ts';
import { usesTaps, wantedTaps } from './taps.ts';
import { tune } from './tuning/apply.ts';
import { inspectVolumes } from './volumes.ts';

export interface LaunchParts {
  readonly context: Context;
  readonly host: MachineHost;
  readonly handle: MachineHandle;
  readonly machine: VirtualMachine;
  readonly resources: Resources;
}

const GREETING_MS = 10_000;
/** To derive a key takes two seconds of a processor, so that to guess one takes as long; on a busy host, minutes. */
const UNLOCKING_MS = 120_000;

/**
 * Starts qemu with -S, connected, its links as they should be. What is begun is written down first, tokens that the
 * start answers included; only once qemu has answered does it count as a machine.
 * @throws Refusal, QemuExitError with qemu's last words
 */
export async function launchQemu(parts: LaunchParts, answered: MachineRecord): Promise<Qmp> {
  const { context, host, handle, machine, resources } = parts;
  const [{ accelerator }, volumes] = await Promise.all([host.acceleration, inspectVolumes(resources.volumes)]);
  const { extraArguments } = context.settings;
  const known = { host, machine, record: answered, resources, volumes, accelerator, extraArguments };
  const ports = { displayPorts: await displayPorts(machine) };
  const input = { ...qemuInput(known), ...clockStart(machine.spec, Date.now()), ...ports };
  const { argv, slots } = buildCommand(input);
  const { machineType } = input;
  await checkNodeFiles(machine, context.settings.importFolders);
  await checkNodeChains(machine);
  await prepareFirmware({ host, machine, machineType, importFolders: context.settings.importFolders });
  const { user } = host.user;
  await makeRunDir(host.paths, handle.uid, user);
  const [cgroup] = await Promise.all([
    createCgroup(host.cgroups, handle.uid),
    makeTerminals(machine, handle.runDir, user),
  ]);
  const takeover = await planFunctions(machine.spec);
  const launched = { ...toLaunched(parts, { volumes, accelerator, networks: input.networks }), taken: takeover.taken };
  await handle.write({ ...answered, launched, slots });
  handle.disconnect();
  await ensureTaps(wantedTaps(parts));
  const privateTun = host.tun === 'closed' && usesTaps(context.store);
  const locked = lockedBytes(machine.spec);
  const spawn = {
    privateTun,
    ...(locked !== undefined && { lockedBytes: locked }),
    binary: host.binary,
    argv,
    uuid: handle.uid,
    runDir: handle.runDir,
    cgroupProcs: cgroup.procs,
  };
  try {
    await claimVolumes(context, machine, volumes);
    const tpmSecret = machine.spec.tpm?.encryption;
    const secrets = [...secretsOf(input.spec.disks ?? [], volumes), ...(tpmSecret ? [tpmSecret] : [])];
    const files = await lookAt(volumes);
    return await withSecrets({ context, machine, runDir: handle.runDir, user }, secrets, async () => {
      const beside = { paths: host.paths, machine, runDir: handle.runDir, user, cgroupProcs: cgroup.procs };
      const qemu = await startQemu(parts, { takeover, beside, spawn: { ...spawn, ...(user && { user }) } });
      handle.watchExit(qemu.exited);
      const limitMs = GREETING_MS + secrets.length * UNLOCKING_MS;
      return greet(qemu, parts, { ...answered, launched, slots }, { limitMs, files });
    });
  } catch (error) {
    await releaseVolumes(context, handle.uid, volumes);
    await giveBack(takeover.taken);
    throw error;
  }
}

/** The pipes of serial ports and consoles: qemu opens them, it does not make them. */
async function makeTerminals(machine: VirtualMachine, runDir: string, owner: Owner | undefined): Promise<void> {
  const { serials, consoles } = completeSpec(machine.spec);
  const pipes = [
    ...serials.map((_, index) => serialPipe(runDir, index)),
    ...consoles.map((_, index) => consolePipe(runDir, index)),
  ];
  await Promise.all(pipes.map((pipe) => makePipe(pipe, owner)));
}

function toLaunched(parts: LaunchParts, found: Pick<Launched, 'volumes' | 'accelerator' | 'networks'>): Launched {
  const { context, machine } = parts;
  return {
    ...found,
    spec: machine.spec,
    bootId: context.facts.bootId,
    startedAt: timestampOf(Date.now()),
    memoryBytes: Number(parseSize(machine.spec.memory.size)),
    ready: false,
  };
}

interface Expected {
  /** How long qemu may take to answer. */
  readonly limitMs: number;
  /** Files that it must have open, by their paths. */
  readonly files: ReadonlyMap<string, string>;
}

/** Nothing has run in the guest yet: a qemu that cannot be talked to now is of no use to anybody. */
async function greet(
  qemu: QemuProcess,
  parts: LaunchParts,
  record: MachineRecord,
  { limitMs, files }: Expected,
): Promise<Qmp> {
  const { handle, machine } = parts;
  try {
    const qmp = await unlessExited(qemu, handle.monitor().connected(limitMs));
    await requireOpened(qemu.pid, files);
    const machineType = await pinnedType(qmp);
    const untuned = await tune({
      qmp,
      pid: qemu.pid,
      uid: handle.uid,
      spec: machine.spec,
      cgroups: parts.host.cgroups,
    });
    await settle(qmp, machine, handle.runDir);
    if (record.launched) await servePassts(parts.host, handle, record.launched);
    const { startFailure: _overcome, launched, ...rest } = record;
    await handle.write({ ...rest, ...(launched && { launched: { ...launched, ready: true, untuned } }), machineType });
    return qmp;
  } catch (error) {
    handle.disconnect();
    await terminateQemu(qemu, { graceMs: 0 });
    throw error;
  }
}

/** The version that a family stood for in this start. */
async function pinnedType(qmp: Qmp): Promise<string> {
  const type = await qmp.execute('qom-get', { path: '/machine', property: 'type' });
  return String(type).replace(/-machine$/, '');
}
