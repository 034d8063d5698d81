import childProcess, { type ChildProcess } from 'node:child_process';
import fs, { readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { type Control, overFile, take } from './control.ts';

/**
 * Loaded before the executor (`--import`), so that the executor itself knows nothing of it: counts what it does to the world, as
 * changes of names in the file system, programs that it starts and commands that it gives to qemu, and at the one that the control
 * file names lets the fault happen: before it, or after it.
 */
const FILE = process.env['VMCTL_FAULTS'] ?? '';
let counted = { id: '', steps: 0 };

function step(): void {
  const control = read();
  if (!control) return;
  if (counted.id !== control.id) counted = { id: control.id, steps: 0 };
  const now = counted.steps++;
  if (now !== control.at || !take(FILE)) return;
  FAULTS[control.fault](control);
  writeFileSync(overFile(FILE), control.id);
}

function read(): Control | undefined {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Control;
  } catch {
    return undefined;
  }
}

const FAULTS = {
  executor: () => process.kill(process.pid, 'SIGKILL'),
  qemu: ({ pid }) => {
    try {
      if (pid) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself, as a revert has it.
    }
  },
  full: ({ folder = '' }) => {
    const { bavail, bsize } = statfsSync(folder);
    try {
      writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize));
    } catch {
      // qemu wrote as well, and there is less room than there was: full is full.
    }
  },
} satisfies Record<Control['fault'], (control: Control) => void>;

type Async = (...args: never[]) => Promise<unknown>;

for (const name of ['rename', 'link', 'rm'] as const) {
  const original = fs.promises[name] as Async;
  const counting = async (...args: never[]) => {
    step();
    const result = await original(...args);
    step();
    return result;
  };
  Object.assign(fs.promises, { [name]: counting });
}

const { spawn } = childProcess;
Object.assign(childProcess, {
  spawn: (...args: Parameters<typeof spawn>): ChildProcess => {
    step();
    const child = spawn(...args);
    child.once('close', step);
    return child;
  },
});

/** Questions change nothing. */
const COMMAND = /"execute":"(?!query-|qmp_capabilities|qom-)/;
const { write } = net.Socket.prototype;
Object.assign(net.Socket.prototype, {
  write(this: net.Socket, ...args: Parameters<typeof write>): boolean {
    const isCommand = COMMAND.test(String(args[0]).slice(0, 200));
    if (isCommand) step();
    const result = write.apply(this, args);
    if (isCommand) setImmediate(step);
    return result;
  },
});

syncBuiltinESMExports();
