import { Refusal } from '../../qemu/refusal.ts';
import type { StartFailure } from './record.ts';

interface Cause {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly message: (match: RegExpExecArray) => string;
}

/** What qemu says when it cannot start, in words that say what to do. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /[Cc]ould not set up host forwarding rule '(\w+):(\S+?)-:(\d+)'/,
    reason: 'PortTaken',
    message: ([, protocol = '', listener = '']) =>
      `${listener}/${protocol.toUpperCase()} is taken on this node; free it or forward another port`,
  },
  {
    pattern: /Failed to get .*"(?:write|consistent read)" lock[\s\S]*\[(.*)\]/,
    reason: 'DiskLocked',
    message: ([, file = '']) => `another process uses ${file}; end it`,
  },
  {
    pattern: /Could not open '(.*)': (.*)/,
    reason: 'DiskUnreadable',
    message: ([, file = '', why = '']) => `qemu cannot open ${file}: ${why}`,
  },
  {
    pattern: /unsupported machine type[\s\S]*?(?:\n|$)/,
    reason: 'MachineTypeUnsupported',
    message: () =>
      'spec.machine.type: the qemu of this node does not know this version of the board; use the family (q35, pc), or a node with a newer qemu',
  },
  {
    pattern: /cannot set up guest memory|Cannot allocate memory/,
    reason: 'NotEnoughMemory',
    message: () => 'the node does not have the memory for this machine; stop another one or make this one smaller',
  },
];

/** Reads why a start failed; what is not known is told in qemu's own words. */
export function startFailure(error: Error): StartFailure {
  if (error instanceof Refusal) return { reason: error.reason, message: error.message };
  for (const { pattern, reason, message } of CAUSES) {
    const match = pattern.exec(error.message);
    if (match) return { reason, message: message(match) };
  }
  const { reason } = error as { reason?: unknown };
  if (typeof reason === 'string') return { reason, message: error.message };
  return { reason: 'StartFailed', message: error.message };
}
