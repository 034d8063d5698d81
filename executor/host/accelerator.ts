import { constants } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { QemuUser } from '../qemu/process/launch.ts';
import { writeFileAtomic } from './atomic.ts';
import { type ProbeResult, runProbe } from './probe.ts';
import { bootId } from './proc.ts';
import { whyUnreachable } from './reach.ts';
import { findProgram, may } from './run.ts';

/** What runs guests here, and why, as a sentence. */
export interface Acceleration {
  readonly accelerator: 'kvm' | 'tcg';
  readonly reason: string;
}

export interface ProbeOptions {
  /** The qemu binary, by name or path. */
  readonly binary: string;
  /** Folder where the answer is kept until the next boot, or another qemu: `HostPaths.hostState`. */
  readonly hostState: string;
  /** The user that qemu runs as: it may open less than we. */
  readonly user?: QemuUser;
  /** Milliseconds that the test guest has to speak; 5000 when left out. A working KVM needs 100. */
  readonly timeoutMs?: number;
  /** Probes again though there is an answer. */
  readonly fresh?: boolean;
}

const DEVICE = '/dev/kvm';
const TIMEOUT_MS = 5000;
/** The test guest is x86 code. */
const PROBED_BINARY = /(^|\/)(qemu-system-x86_64|qemu-kvm)$/;

/** Whether KVM really runs guests, by running one: that /dev/kvm is there and opens proves nothing. Never throws for want of KVM. */
export async function probeAccelerator(options: ProbeOptions): Promise<Acceleration> {
  const obstacle = await whyNoKvm(options);
  if (obstacle) return { accelerator: 'tcg', reason: `${obstacle}; guests run under TCG, which is much slower` };
  const key = await cacheKey(options);
  const cached = options.fresh ? undefined : await readCache(options.hostState, key);
  if (cached) return cached;
  const acceleration = toAcceleration(await runProbe({ ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS }));
  await writeFileAtomic(cacheFile(options.hostState), `${JSON.stringify({ key, ...acceleration })}\n`, {
    durable: false,
  });
  return acceleration;
}

/** The verdict in words. */
export function toAcceleration(result: ProbeResult): Acceleration {
  if (result.spoke) return { accelerator: 'kvm', reason: 'KVM ran a test guest' };
  return {
    accelerator: 'tcg',
    reason: `${DEVICE} is there, but does not run guests: ${result.reason}; guests run under TCG, which is much slower`,
  };
}

async function whyNoKvm({ binary, user }: ProbeOptions): Promise<string | undefined> {
  if (process.arch !== 'x64') return `whether KVM works is not probed on ${process.arch}`;
  if (!PROBED_BINARY.test(binary)) return `${binary} emulates another processor than this host's`;
  if (!(await may(DEVICE, constants.F_OK))) {
    return `there is no ${DEVICE} (in a virtual machine its host must allow nesting; else the firmware may have it off)`;
  }
  if (user) return whyUnreachable(DEVICE, user, ['read', 'write']);
  if (await may(DEVICE, constants.R_OK | constants.W_OK)) return undefined;
  return `this user may not open ${DEVICE}; add it to the group that owns it`;
}

async function cacheKey({ binary, user }: ProbeOptions): Promise<string> {
  const path = (await findProgram(binary)) ?? binary;
  const { mtimeMs } = await stat(path);
  return [await bootId(), path, mtimeMs, user?.uid ?? process.getuid?.()].join(' ');
}

async function readCache(folder: string, key: string): Promise<Acceleration | undefined> {
  try {
    const { key: known, ...acceleration } = JSON.parse(await readFile(cacheFile(folder), 'utf8'));
    return known === key ? acceleration : undefined;
  } catch {
    // Not there, or cut off by a power cut: probing again is all that is lost.
    return undefined;
  }
}

function cacheFile(folder: string): string {
  return join(folder, 'acceleration.json');
}
