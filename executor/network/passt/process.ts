import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listPids, type ProcessInfo, readProcess } from '../../host/proc.ts';
import { findProgram, programEnvironment, run } from '../../host/run.ts';
import type { PortForward } from '../../qemu/input.ts';
import { type LaunchOptions, launchCommand } from '../../qemu/process/launch.ts';
import { findListeners } from '../link/listeners.ts';
import { describeForward } from '../user.ts';
import { passtOf, pestoArguments } from './arguments.ts';
import { greeting } from './greeting.ts';

/** passt could not be started, or not with these forwards. */
export class PasstError extends Error {
  override readonly name = 'PasstError';
  /** As a condition's reason. */
  readonly reason: string;

  constructor(message: string, { reason = 'PasstFailed', cause }: { reason?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** Fifty machines that start at once need one look through /proc, not fifty. */
const FRESH_MS = 200;
/** How long a passt may take to listen, or to end. */
const SETTLING_MS = 5000;
const PAUSE_MS = 10;

let looked: { readonly at: number; readonly found: ReadonlyMap<string, ProcessInfo> } | undefined;

/** Every passt of ours on this host, by the MAC address of its router. */
export function findPassts(): ReadonlyMap<string, ProcessInfo> {
  const found = new Map<string, ProcessInfo>();
  for (const pid of listPids()) {
    const process = readProcess(pid);
    const mac = process && passtOf(process.argv);
    if (process && mac !== undefined && process.state !== 'Z') found.set(mac, process);
  }
  looked = { at: performance.now(), found };
  return found;
}

const foundLately = (): ReadonlyMap<string, ProcessInfo> | undefined =>
  looked && performance.now() - looked.at < FRESH_MS ? looked.found : undefined;

/**
 * The passt of one router. Which process it is may be known from a moment ago; whether it lives is always asked: its end is told
 * only once, so that a look that missed it would be the last.
 */
export function findPasst(mac: string): ProcessInfo | undefined {
  const known = (foundLately() ?? findPassts()).get(mac);
  const now = known && readProcess(known.pid);
  return now && now.state !== 'Z' && passtOf(now.argv) === mac ? now : undefined;
}

/** Ends a passt, and waits until its ports are free. */
export async function stopPasst(mac: string): Promise<void> {
  const pid = findPassts().get(mac)?.pid;
  looked = undefined;
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await eventually(() => passtOf(readProcess(pid)?.argv ?? []) !== mac, `passt (pid ${pid}) does not end`);
}

async function eventually(isSo: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = performance.now() + SETTLING_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new PasstError(otherwise);
    await sleep(PAUSE_MS);
  }
}

export interface PasstStart extends Pick<LaunchOptions, 'user' | 'cgroupProcs'> {
  /** Where qemu waits. */
  readonly socketPath: string;
  readonly argv: readonly string[];
  /** MAC address of the router that the guest sees. */
  readonly mac: string;
  /** What it is to listen on. */
  readonly ports: readonly PortForward[];
  /** It has ended; only of one that this process started is that told. */
  readonly onExit: () => void;
}

/**
 * Starts a passt that outlives us, and waits until it listens. It ends when qemu lets go of the cable.
 * @returns its pid
 * @throws PasstError
 */
export async function startPasst({ socketPath, argv, mac, ports, onExit, ...launch }: PasstStart): Promise<number> {
  await requireFree(ports);
  const cable = await plugIn(socketPath);
  cable.write(greeting(mac));
  const child = await spawnPasst(argv, cable, launch).finally(() => cable.destroy());
  child.once('exit', onExit);
  looked = undefined;
  await eventually(
    async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new PasstError(`passt ended when it was started (${describe(ports)}); the system's log says why`);
      return listensOn(ports);
    },
    `passt does not listen on ${describe(ports)}`,
  );
  return child.pid ?? 0;
}

const describe = (ports: readonly PortForward[]): string =>
  ports.map(({ hostAddress, hostPort, protocol }) => `${hostAddress}:${hostPort}/${protocol}`).join(', ');

/** What pesto itself may take. */
const PESTO_MS = 10_000;

/** Has a passt that runs forward these and nothing else; connections that are open go on. @throws PasstError */
export async function setPasstForwards(control: string, ports: readonly PortForward[]): Promise<void> {
  try {
    await run('pesto', pestoArguments(control, ports), PESTO_MS);
  } catch (cause) {
    throw new PasstError(`passt takes no other forwards: ${(cause as Error).message}`, { cause });
  }
  await eventually(() => listensOn(ports), `passt does not listen on ${describe(ports)}`);
}

const listensOn = async (ports: readonly PortForward[]): Promise<boolean> =>
  (await busyOf(ports)).length === ports.length;

/** Nothing is read from it here: every byte is for passt. */
async function plugIn(path: string): Promise<Socket> {
  const cable = connect({ path });
  cable.pause();
  try {
    await once(cable, 'connect');
    return cable;
  } catch (cause) {
    throw new PasstError(`qemu does not wait for passt: ${(cause as Error).message}`, { cause });
  }
}

async function spawnPasst(
  argv: readonly string[],
  cable: Socket,
  launch: Pick<LaunchOptions, 'user' | 'cgroupProcs'>,
): Promise<ChildProcess> {
  const binary = await findProgram('passt');
  if (!binary) throw new PasstError('passt is not installed on this node any more');
  const [file = '', ...rest] = launchCommand([binary, ...argv], launch);
  // As its standard input as well, since only there Node makes it block again, as passt expects: one that does not would end it.
  const stdio = [cable, 'ignore', 'ignore', cable] as const;
  const child = spawn(file, rest, { detached: true, stdio: [...stdio], cwd: '/', env: programEnvironment() });
  child.unref();
  await once(child, 'spawn');
  return child;
}

/** @throws PasstError where somebody listens on one of the ports */
export async function requireFree(ports: readonly PortForward[]): Promise<void> {
  const busy = await busyOf(ports);
  if (busy.length === 0) return;
  const message = `a port of the host is taken, choose another for the forward: ${busy.map(describeForward).join(', ')}`;
  throw new PasstError(message, { reason: 'PortTaken' });
}

/** Those of ports on which somebody listens. */
async function busyOf(ports: readonly PortForward[]): Promise<PortForward[]> {
  if (ports.length === 0) return [];
  const listeners = await findListeners();
  return ports.filter((port) =>
    listeners.some(
      ({ protocol, hostAddress, hostPort }) =>
        protocol === port.protocol && hostPort === port.hostPort && hostAddress === port.hostAddress,
    ),
  );
}
