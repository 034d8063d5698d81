import { readFile } from 'node:fs/promises';
import type { VirtualMachine, VirtualMachineSpec } from '../../../schemas/kinds/virtual-machine.ts';
import type { StopReason } from '../../controller/types.ts';
import { besideRunDir, writeFileAtomic } from '../../host/index.ts';
import type { NetworkBackend, Slots, Volume } from '../../qemu/argv.ts';

/** What a qemu was started with, live changes since then included. */
export interface Launched {
  readonly spec: VirtualMachineSpec;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly networks: Readonly<Record<string, NetworkBackend>>;
  readonly accelerator: 'kvm' | 'tcg';
  readonly bootId: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Bytes of memory at the start; a balloon only takes from it. */
  readonly memoryBytes: number;
  /** PCI functions that were taken from the node's own drivers, with the driver that has them meanwhile. */
  readonly taken?: Readonly<Record<string, string>>;
  /** Fields of spec.tuning for which the kernel had nothing. */
  readonly untuned?: readonly string[];
  /** False until qemu has answered: one that ended before that never was a machine. */
  readonly ready: boolean;
}

export interface Stopping {
  readonly reason: StopReason;
  /** Milliseconds since the epoch: an executor that is restarted does not give the guest more time. */
  readonly deadline: number;
}

export interface LastStop {
  readonly reason: StopReason;
  readonly message?: string;
  /** RFC 3339. */
  readonly time: string;
}

export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface Tokens {
  readonly restart?: string;
  readonly reset?: string;
}

/**
 * What the executor must not forget of a machine when it is killed: written before each act that must not be done twice,
 * beside the machine's folder, which qemu may write to.
 */
export interface MachineRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** There from before a start until after the end was noted. */
  readonly launched?: Launched;
  readonly slots: Slots;
  /** Pinned at the first start. */
  readonly machineType?: string;
  /** The guest was asked to shut down. */
  readonly stopping?: Stopping;
  /** Tokens of what is under way. */
  readonly doing: Tokens;
  /** Tokens of what was carried out. */
  readonly done: Tokens;
  readonly lastStop?: LastStop;
  readonly startFailure?: StartFailure;
  /** Crashes and failed starts in a row. */
  readonly failures: number;
  /** Milliseconds since the epoch before which the restart policy does not start it. */
  readonly notBefore?: number;
  readonly restarts: number;
  /** Ended in a way after which its restart policy leaves it off, until it is stopped or asked to restart. */
  readonly held: boolean;
  /** Ended by itself, so that the next start is the restart policy's. */
  readonly again: boolean;
}

export const RECORD_FILE = 'machine.json';

/** The record of a machine that was never seen: what its status still knows, should the folder have been lost. */
export function newRecord(machine: VirtualMachine): MachineRecord {
  const { uid = '', namespace = 'default', name } = machine.metadata;
  const { machineType, requests, restarts = 0 } = machine.status ?? {};
  const done: Tokens = JSON.parse(JSON.stringify(requests ?? {}));
  const base = { uid, namespace, name, slots: {}, doing: {}, done, failures: 0, restarts, held: false, again: false };
  return machineType === undefined ? base : { ...base, machineType };
}

/** The record in a machine's folder; nothing where there is none or it cannot be read. */
export async function readMachineRecord(runDir: string): Promise<MachineRecord | undefined> {
  try {
    return JSON.parse(await readFile(besideRunDir(runDir, RECORD_FILE), 'utf8')) as MachineRecord;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A power cut ends every qemu as well, so only a kill of the executor must lose nothing: no wait for the disk. */
export async function writeMachineRecord(runDir: string, record: MachineRecord): Promise<void> {
  await writeFileAtomic(besideRunDir(runDir, RECORD_FILE), `${JSON.stringify(record)}\n`, { durable: false });
}
