import type { ProcessInfo } from '../../host/index.ts';
import { findQemus } from '../../qemu/process/index.ts';

/** Fifty machines that start at once need one look through /proc, not fifty. */
const FRESH_MS = 200;

let found: { readonly at: number; readonly qemus: ReadonlyMap<string, ProcessInfo> } | undefined;

/** Every qemu of this host as of a moment ago, to adopt those whose record was lost. */
export function findQemusOnce(): ReadonlyMap<string, ProcessInfo> {
  const now = performance.now();
  if (!found || now - found.at > FRESH_MS) found = { at: now, qemus: findQemus() };
  return found.qemus;
}
