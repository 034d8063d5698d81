import { readFile, rm } from 'node:fs/promises';
import { agentSocket, thaw } from '../../agent/index.ts';
import { besideRunDir, writeFileAtomic } from '../../host/index.ts';
import type { ActionOf } from './actions.ts';
import type { Run } from './run.ts';

const FILE = 'frozen.json';
const ANSWER_MS = 2000;

/** Writes down, before a guest is asked to freeze its file systems, that it must be thawed. @param pid of its qemu: another one has no frozen guest */
export const noteFreeze = (runDir: string, pid: number): Promise<void> =>
  writeFileAtomic(besideRunDir(runDir, FILE), `${JSON.stringify({ pid })}\n`, { durable: false });

export const forgetFreeze = (runDir: string): Promise<void> => rm(besideRunDir(runDir, FILE), { force: true });

/** Whether the guest of a qemu was left frozen. Ask only inside `exclusive`: whoever freezes holds that until it is thawed. */
export async function isFrozen(runDir: string, pid: number): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(besideRunDir(runDir, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const { pid: frozen } = JSON.parse(text) as { pid?: unknown };
  if (frozen === pid) return true;
  await forgetFreeze(runDir);
  return false;
}

/** Thaws a guest that an executor left frozen. One that does not answer keeps nothing else from being done. */
export async function thawGuest({ context, handle, machine }: Run, _action: ActionOf<'thaw'>): Promise<void> {
  handle.thawedAt = Date.now();
  const socket = agentSocket(machine.spec, handle.runDir);
  try {
    if (socket !== undefined) await thaw(socket, ANSWER_MS);
  } catch (error) {
    context.log.warn(`${machine.metadata.name} is not thawed yet: ${(error as Error).message}`);
    return;
  }
  await forgetFreeze(handle.runDir);
  context.events.record(machine, 'Normal', 'Thawed', 'the file systems that a snapshot had frozen go on');
}
