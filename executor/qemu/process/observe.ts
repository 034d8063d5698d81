import { bootId, type ProcessInfo, readProcess } from '../../host/proc.ts';
import { findQemus, machineOf } from './identity.ts';
import { type PidRecord, readRecord } from './record.ts';

/**
 * What became of a machine's qemu. `unknown` is alive but stopped by a signal (or a debugger): it may go on at any
 * moment, so it is neither killed nor replaced.
 */
export type QemuState =
  | { readonly state: 'running'; readonly pid: number; readonly startTime: number }
  | { readonly state: 'unknown'; readonly pid: number; readonly startTime: number; readonly reason: string }
  | { readonly state: 'gone' };

export interface ObserveOptions {
  readonly runDir: string;
  readonly uuid: string;
  /**
   * Searches /proc for a uuid where the record does not answer; give one that remembers to observe many machines at once.
   * `begun` says that there is a record, so that a start was at least about to be made.
   */
  readonly find?: (uuid: string, begun: boolean) => ProcessInfo | undefined;
}

const STOPPED = new Set(['T', 't']);
const ENDED = new Set(['Z', 'X', 'x']);

const findNow = (uuid: string): ProcessInfo | undefined => findQemus().get(uuid);

/** Looks whether a machine's qemu is alive: the process recorded, or, without a record, any that carries its UUID. */
export async function observeQemu({ runDir, uuid, find = findNow }: ObserveOptions): Promise<QemuState> {
  const id = uuid.toLowerCase();
  const record = await readRecord(runDir);
  if (record?.uuid.toLowerCase() !== id || record.bootId !== (await bootId()) || record.pid === undefined) {
    return toState(find(id, record !== undefined));
  }
  return toState(recorded(record, id));
}

function recorded(record: PidRecord, uuid: string): ProcessInfo | undefined {
  const process = record.pid === undefined ? undefined : readProcess(record.pid);
  if (!process || process.startTime !== record.startTime) return undefined;
  const dying = process.argv.length === 0;
  return dying || machineOf(process.argv) === uuid ? process : undefined;
}

/** A zombie has let go of everything it had once its last thread has ended: it counts as gone then, and not before. */
export function toState(process: ProcessInfo | undefined): QemuState {
  if (!process || (ENDED.has(process.state) && process.threads <= 1)) return { state: 'gone' };
  const { pid, startTime } = process;
  if (!STOPPED.has(process.state)) return { state: 'running', pid, startTime };
  const reason = `qemu (pid ${pid}) is stopped by a signal or a debugger; let it go on with: kill -CONT ${pid}`;
  return { state: 'unknown', pid, startTime, reason };
}
