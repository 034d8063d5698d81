import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { type AccessHost, findMachine } from '../access/host.ts';
import { StatusError } from '../apiserver/status-error.ts';
import { completeSpec } from '../qemu/defaults.ts';
import { consoleLog, consolePipe, pipeInput, serialLog, serialPipe } from '../qemu/sockets.ts';
import type { ConsoleLog } from './log-file.ts';

/** Where a machine's console is on this host. */
export interface ConsolePlace {
  readonly uid: string;
  readonly machine: VirtualMachine;
  readonly log: ConsoleLog;
  /** A named pipe that what is typed goes into. */
  readonly input: string;
  /** Settles when qemu ends; nothing where the machine does not run. */
  readonly running: Promise<unknown> | undefined;
}

/** The first serial port is the console, or the first paravirtual one where there is no port. */
export function consoleFiles(machine: VirtualMachine, runDir: string): { log: string; input: string } | undefined {
  const { serials, consoles } = completeSpec(machine.spec);
  if (serials.length > 0) return { log: serialLog(runDir, 0), input: pipeInput(serialPipe(runDir, 0)) };
  if (consoles.length > 0) return { log: consoleLog(runDir, 0), input: pipeInput(consolePipe(runDir, 0)) };
  return undefined;
}

/** The console of a machine of this node. @throws StatusError when there is no such machine, or it has no console */
export function locateConsole(host: AccessHost, namespace: string, name: string): ConsolePlace {
  const { machine, uid, runDir } = findMachine(host, namespace, name);
  const files = consoleFiles(machine, runDir);
  if (!files) {
    throw new StatusError(409, 'Conflict', `the machine ${name} has no serial port and no console: see spec.serials`);
  }
  const log = { path: files.log, keptBytes: host.context.settings.consoleLogBytes };
  return { uid, machine, log, input: files.input, running: host.machines.qmp(uid)?.closed };
}
