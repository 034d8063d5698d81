import type { ProcessInfo } from '../../host/index.ts';
import { findQemus } from '../../qemu/process/index.ts';

/** Fifty machines that start at once need one look through /proc, not fifty. */
const FRESH_MS = 200;

let found: { readonly at: number; readonly qemus: ReadonlyMap<string, ProcessInfo> } | undefined;

/**
 * The qemu of a machine as of a moment ago, to adopt one whose record was lost. Only this executor starts its machines, and it
 * writes that down before: one of which nothing was `begun` and that had no process when this executor first looked has none now.
 * Thousands of new machines need no look through thousands of processes.
 */
export function findQemuOnce(uuid: string, begun: boolean): ProcessInfo | undefined {
  if (!begun && found && !found.qemus.has(uuid)) return undefined;
  const now = performance.now();
  if (!found || now - found.at > FRESH_MS) found = { at: now, qemus: findQemus() };
  return found.qemus.get(uuid);
}
