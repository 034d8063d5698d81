import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { removeSeeds } from '../../cloudinit/index.ts';
import type { Context, Machines, StopReason } from '../../controller/types.ts';
import { runDirOf } from '../../host/index.ts';
import { diskNode } from '../../qemu/identifiers.ts';
import { observeQemu, terminateQemu } from '../../qemu/process/index.ts';
import type { Qmp, QmpEvent } from '../../qmp/index.ts';
import { settlePartial } from '../virtualmachinesnapshot/partial.ts';
import { releaseVolumes } from './claims.ts';
import { MachineHandle } from './handle.ts';
import { afterEnd, beforeStart, type End } from './history.ts';
import { whyNotHere } from './holder.ts';
import type { MachineHost } from './host.ts';
import { giveBack } from './host-functions.ts';
import { launchQemu } from './launch.ts';
import { resolveResources } from './resolve.ts';
import { placedSeed, withSeed } from './seed-look.ts';

/** What qemu itself may take to write out what it holds of its volumes: killed, it leaves bitmaps that nobody can rely on. */
const WRITE_OUT_MS = 3000;

/** The machines that this executor runs, by the uid of their object. */
export class MachineRegistry implements Machines {
  readonly host: MachineHost;
  readonly #handles = new Map<string, MachineHandle>();
  readonly #onChange: (uid: string, event?: QmpEvent) => void;
  /** Known later than the registry, since it holds the registry. */
  #context: Context | undefined;

  constructor(host: MachineHost, onChange: (uid: string, event?: QmpEvent) => void) {
    this.host = host;
    this.#onChange = onChange;
  }

  serve(context: Context): void {
    this.#context = context;
  }

  handle(uid: string): MachineHandle {
    const known = this.#handles.get(uid);
    if (known) return known;
    const runDir = runDirOf(this.host.paths, uid);
    const handle = new MachineHandle({ uid, runDir, onChange: (event) => this.#onChange(uid, event) });
    this.#handles.set(uid, handle);
    return handle;
  }

  drop(uid: string): void {
    this.#handles.get(uid)?.forget();
    this.#handles.delete(uid);
  }

  exclusive<T>(uid: string, operation: () => Promise<T>): Promise<T> {
    return this.handle(uid).exclusive(operation);
  }

  qmp(uid: string): Qmp | undefined {
    return this.#handles.get(uid)?.qmp;
  }

  blockNode(diskName: string): string {
    return diskNode(diskName);
  }

  async launchPaused(machine: VirtualMachine, byPolicy = false): Promise<Qmp> {
    const context = this.#served();
    const handle = this.handle(machine.metadata.uid ?? '');
    const seed = await placedSeed(context, this.host, machine);
    const resources = withSeed(resolveResources(machine, context.store, context.nodeName), seed);
    const elsewhere = context.settings.standalone ? undefined : whyNotHere(machine, context.nodeName);
    const problem = elsewhere ?? resources.diskProblems[0] ?? resources.networkProblems[0];
    if (problem) throw new Error(`${machine.metadata.name} cannot start: ${problem.message}`);
    await settlePartial(context.store, machine);
    const { restart, reset } = machine.spec.requests ?? {};
    const wanted = { ...(restart !== undefined && { restart }), ...(reset !== undefined && { reset }) };
    const record = beforeStart(await handle.record(machine), wanted, byPolicy);
    handle.askedAt = undefined;
    const qmp = await launchQemu({ context, host: this.host, handle, machine, resources }, record);
    await removeSeeds(this.host.paths, handle.uid, seed.path);
    return qmp;
  }

  async halt(machine: VirtualMachine, reason: StopReason, message?: string): Promise<void> {
    await this.end(machine, { reason, ...(message !== undefined && { message }), crashed: false, held: false });
  }

  /** Ends qemu and writes down why. A qemu that is gone already is only written down. */
  async end(machine: VirtualMachine, end: End): Promise<void> {
    const handle = this.handle(machine.metadata.uid ?? '');
    const state = await observeQemu({ runDir: handle.runDir, uuid: handle.uid });
    if (state.state === 'unknown') throw new Error(state.reason);
    if (state.state === 'running') await terminateQemu(state, { graceMs: WRITE_OUT_MS });
    handle.disconnect();
    handle.askedAt = undefined;
    const { crashBackoffMs } = this.#served().settings;
    const backoff = { firstMs: crashBackoffMs.first, longestMs: crashBackoffMs.longest };
    const record = await handle.record(machine);
    await releaseVolumes(this.#served(), handle.uid, record.launched?.volumes ?? {});
    await giveBack(record.launched?.taken);
    await handle.write(afterEnd(record, end, { now: Date.now(), backoff }));
  }

  /** Lets go of every machine without touching one. */
  close(): void {
    for (const handle of this.#handles.values()) handle.disconnect();
  }

  #served(): Context {
    if (!this.#context) throw new Error('the registry of machines was not connected with the controllers');
    return this.#context;
  }
}
