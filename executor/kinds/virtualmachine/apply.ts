import { join } from 'node:path';
import { isAlreadyExists } from '../../../schemas/client/errors.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { HOLDER } from '../../../schemas/kinds/annotations.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { removeSeeds } from '../../cloudinit/index.ts';
import { removeFinalizer, withFinalizer } from '../../controller/finalizer.ts';
import type { StopReason } from '../../controller/types.ts';
import { removeCgroup, removeRunDir } from '../../host/index.ts';
import { removeTaps } from '../../network/tap/taps.ts';
import { tailLog } from '../../qemu/process/index.ts';
import { recordActive } from '../virtualmachinesnapshot/active.ts';
import type { ActionOf, ActionType } from './actions.ts';
import { releaseVolumes } from './claims.ts';
import { removeVariables } from './firmware.ts';
import { thawGuest } from './frozen.ts';
import { writeRecord } from './handle.ts';
import { removeTpmState } from './helpers.ts';
import { afterFailedStart, settled } from './history.ts';
import { reservationOf } from './holder.ts';
import { giveBack } from './host-functions.ts';
import { leaveNode, takeMachine } from './leave.ts';
import { LIVE } from './live.ts';
import type { MachineRecord } from './record.ts';
import { connected, type Run } from './run.ts';
import { startFailure } from './start-failure.ts';

type Apply<T extends ActionType> = (run: Run, action: ActionOf<T>) => Promise<void>;

const TYPE = resourceOf(kindNames.VirtualMachine);

const event = ({ context, machine }: Run, type: 'Normal' | 'Warning', reason: string, message: string): void =>
  context.events.record(machine, type, reason, message);

/** What each action does. A row here is the only place where it touches the world. */
const APPLY = {
  adopt: async (run, { bind }) => {
    const { metadata } = run.machine;
    const { namespace, name, resourceVersion } = metadata;
    const spec = bind ? { spec: { nodeName: run.context.nodeName } } : {};
    const { standalone } = run.context.settings;
    const annotations = { [HOLDER]: run.context.nodeName };
    const held = { ...(!standalone && !reservationOf(run.machine) && { annotations }) };
    const patch = { metadata: { resourceVersion, finalizers: withFinalizer(run.machine), ...held }, ...spec };
    run.machine = await run.context.client.patch<VirtualMachine>(TYPE, { namespace, name }, patch);
    run.context.refresh('VirtualMachine', run.machine);
    if (bind) event(run, 'Normal', 'Scheduled', `bound to the node ${run.context.nodeName}`);
  },
  'create-disk': async (run, { disk }) => {
    try {
      await run.context.client.create(resourceOf(kindNames.VirtualMachineDisk), disk);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  },
  launch: async (run, { byPolicy }) => {
    const before = await run.handle.record(run.machine);
    const qmp = await run.machines.launchPaused(run.machine, byPolicy).catch((error) => failStart(run, before, error));
    if (!qmp) return;
    if (run.machine.spec.powerState === 'Running') await qmp.execute('cont');
    event(run, 'Normal', 'Started', byPolicy ? 'started again by its restart policy' : 'started');
  },
  continue: async (run) => {
    const qmp = connected(run);
    const { status } = await qmp.execute('query-status');
    if (status === 'io-error') run.handle.triedAt = Date.now();
    const { launched } = await run.handle.record(run.machine);
    if (launched) await recordActive(qmp, launched.volumes);
    await qmp.execute('cont');
    if (status === 'paused') event(run, 'Normal', 'Resumed', 'goes on');
  },
  'note-full': async (run, { disks }) => {
    run.handle.triedAt = Date.now();
    const words =
      disks.length > 0 ? `no room on the host for the disks ${disks.join(', ')}` : 'a disk of the host failed';
    event(run, 'Warning', disks.length > 0 ? 'DiskFull' : 'DiskError', words);
  },
  pause: async (run) => {
    await connected(run).execute('stop');
    event(run, 'Normal', 'Paused', 'paused');
  },
  'ask-to-stop': async (run, { reason, timeoutMs }) => {
    await writeRecord(run, (record) => ({ ...record, stopping: { reason, deadline: Date.now() + timeoutMs } }));
    run.handle.askedAt = Date.now();
    await connected(run).execute('system_powerdown');
    event(run, 'Normal', 'Stopping', 'asked the guest to shut down');
  },
  'ask-again': async (run) => {
    run.handle.askedAt = Date.now();
    await connected(run).execute('system_powerdown');
  },
  'cancel-stop': (run) => writeRecord(run, ({ stopping: _stopping, ...record }) => record),
  halt: async (run, { reason, message, crashed, held }) => {
    await run.machines.end(run.machine, { reason, ...(message !== undefined && { message }), crashed, held });
    tellEnd(run, reason, message);
  },
  'note-stop': async (run, { reason, message, crashed, held }) => {
    const words = message ?? (crashed ? await lastWords(run) : undefined);
    await run.machines.end(run.machine, { reason, ...(words !== undefined && { message: words }), crashed, held });
    tellEnd(run, reason, words);
  },
  'drop-start': async (run) => {
    const { launched } = await run.handle.record(run.machine);
    await releaseVolumes(run.context, run.handle.uid, launched?.volumes ?? {});
    await giveBack(launched?.taken);
    await writeRecord(run, ({ launched: _begun, ...record }) => record);
  },
  settle: (run) => writeRecord(run, settled),
  begin: (run, { request, token }) =>
    writeRecord(run, (record) => ({ ...record, doing: { ...record.doing, [request]: token } })),
  acknowledge: async (run, { request, token }) => {
    await writeRecord(run, ({ doing, done, ...record }) => {
      const { [request]: _done, ...still } = doing;
      return { ...record, doing: still, done: { ...done, [request]: token } };
    });
  },
  reset: async (run) => {
    const qmp = connected(run);
    await qmp.execute('stop');
    await qmp.execute('system_reset');
    event(run, 'Normal', 'Reset', 'reset as requested');
  },
  thaw: thawGuest,
  ...LIVE,
  'free-taps': (_run, { devices }) => removeTaps(devices),
  forget: async ({ machines, handle, machine }) => {
    handle.forget();
    await removeCgroup(machines.host.cgroups, handle.uid);
    await removeRunDir(machines.host.paths, handle.uid);
    await removeSeeds(machines.host.paths, handle.uid);
    await removeVariables(machines.host.paths, handle.uid);
    await removeTpmState(machines.host.paths, machine);
  },
  release: async (run) => {
    run.machine = (await removeFinalizer(run.context.client, TYPE, run.machine)) ?? run.machine;
    run.machines.drop(run.handle.uid);
  },
  leave: leaveNode,
  take: takeMachine,
  wait: async () => {},
} satisfies { [T in ActionType]: Apply<T> };

const QEMU_WORDS_BYTES = 2000;

/** The end of what qemu wrote, to tell a crash by. */
async function lastWords({ handle }: Run): Promise<string> {
  const words = (await tailLog(join(handle.runDir, 'qemu.log'), { maxBytes: QEMU_WORDS_BYTES })).trim();
  return words === '' ? 'qemu ended by itself and said nothing' : `qemu ended by itself and said last: ${words}`;
}

/** Nothing runs: the failure is written down and tried again later, unless it stays a refusal. */
async function failStart(run: Run, before: MachineRecord, error: Error): Promise<undefined> {
  const failure = startFailure(error);
  const { first, longest } = run.context.settings.crashBackoffMs;
  const moment = { now: Date.now(), backoff: { firstMs: first, longestMs: longest } };
  await run.handle.write(afterFailedStart(before, failure, moment));
  event(run, 'Warning', failure.reason, failure.message);
}

const ENDS = {
  Requested: ['Normal', 'Stopped', 'stopped'],
  GuestShutdown: ['Normal', 'GuestShutdown', 'the guest shut down'],
  GuestPanic: ['Warning', 'GuestPanicked', 'the guest crashed'],
  QemuExited: ['Warning', 'Crashed', 'qemu ended by itself'],
  HostRestarted: ['Warning', 'HostRestarted', 'the host was restarted'],
  Evicted: ['Normal', 'Evicted', 'stopped to leave the node'],
  LeaseLost: ['Warning', 'LeaseLost', 'stopped, since the node could not renew its lease'],
  NodeFenced: ['Warning', 'NodeFenced', 'the node was fenced'],
} as const satisfies Record<StopReason, readonly ['Normal' | 'Warning', string, string]>;

function tellEnd(run: Run, why: StopReason, message: string | undefined): void {
  const [type, reason, words] = ENDS[why];
  event(run, type, reason, message ?? words);
}

/** Carries one action out. */
export function applyAction<T extends ActionType>(run: Run, action: ActionOf<T>): Promise<void> {
  const apply = APPLY[action.type] as unknown as Apply<T>;
  return apply(run, action);
}
