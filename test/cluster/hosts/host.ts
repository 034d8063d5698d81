import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../e2e/until.ts';
import { createNamespace, type Namespace } from '../../network/namespace.ts';
import { type Door, PORT } from './door.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../../executor/main.ts');
const RELAY = join(import.meta.dirname, 'relay.ts');
const READY_MS = 90_000;

/** A host of its own, as far as an executor can tell: network, processes, machine-id and boot id. The file system is shared. */
export interface Host extends AsyncDisposable {
  readonly name: string;
  readonly home: string;
  /** Whoever ends this process turns the host off. */
  readonly init: number;
  log(): string;
  /** Starts the executor, after `boot`. */
  start(): Promise<void>;
  /** Kills the executor alone; its guests go on. */
  kill(): Promise<void>;
  /** Ends everything that runs on the host, at once: what fencing does. */
  powerOff(): Promise<void>;
  /** Starts the host anew, with nothing on it. */
  boot(): Promise<void>;
  /** Drops every packet, or lets them through again. */
  cut(isCut: boolean): Promise<void>;
}

/** A process in namespaces that its parent made: the parent only waits for it. */
async function childOf(parent: ChildProcess): Promise<number> {
  const path = `/proc/${parent.pid}/task/${parent.pid}/children`;
  let pid = 0;
  await until(
    () => {
      pid = existsSync(path) ? Number(readFileSync(path, 'utf8').trim().split(' ')[0]) : 0;
      return pid > 0;
    },
    { limitMs: READY_MS, what: () => 'a child' },
  );
  return pid;
}

export async function createHost(folder: string, name: string, door: Door, args: readonly string[]): Promise<Host> {
  const home = join(folder, name);
  mkdirSync(home, { mode: 0o711 });
  const network = await createNamespace();
  const host = new NamespacedHost({ name, home, network, door, args, machineId: randomBytes(16).toString('hex') });
  await host.boot();
  return host;
}

interface Parts {
  readonly name: string;
  readonly home: string;
  readonly network: Namespace;
  readonly door: Door;
  readonly args: readonly string[];
  readonly machineId: string;
}

class NamespacedHost implements Host {
  readonly name: string;
  readonly home: string;
  readonly #parts: Parts;
  /** What holds the namespace of processes: its first. */
  #init: { readonly parent: ChildProcess; readonly pid: number } | undefined;
  #executor: ChildProcess | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.name;
    this.home = parts.home;
  }

  get init(): number {
    return this.#init?.pid ?? 0;
  }

  get #logPath(): string {
    return join(this.home, 'executor.log');
  }

  log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, 'utf8') : '';
  }

  #enter(): string[] {
    return ['nsenter', `--target=${this.#init?.pid}`, '--net', '--pid', '--mount', '--'];
  }

  async boot(): Promise<void> {
    const { network, machineId, door } = this.#parts;
    const [program = '', ...words] = [...network.enter, 'unshare', '--pid', '--mount', '--mount-proc', '--fork'];
    const parent = spawn(program, [...words, '--kill-child=SIGKILL', 'sleep', 'infinity'], { stdio: 'ignore' });
    this.#init = { parent, pid: await childOf(parent) };
    await this.#pretend('/etc/machine-id', machineId);
    await this.#pretend('/proc/sys/kernel/random/boot_id', randomUUID());
    const [enter = '', ...rest] = this.#enter();
    const relay = spawn(enter, [...rest, process.execPath, RELAY, String(PORT), door.socketPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(relay.stdout, 'data');
  }

  async #pretend(path: string, content: string): Promise<void> {
    if (!existsSync(path)) return;
    const file = join(this.home, `${path.replaceAll('/', '-').slice(1)}`);
    writeFileSync(file, `${content}\n`);
    const [enter = '', ...rest] = this.#enter();
    await until(
      () =>
        run(enter, [...rest, 'mount', '--bind', file, path]).then(
          () => true,
          () => false,
        ),
      { limitMs: READY_MS, what: () => `a mount on ${path}` },
    );
  }

  async start(): Promise<void> {
    const { home, name, args, door } = this.#parts;
    const before = this.log().split('"message":"ready"').length;
    const log = openSync(this.#logPath, 'a');
    const argv = [MAIN, '--kubeconfig', door.kubeconfig, '--home', home, '--node-name', name, '--listen', '127.0.0.1'];
    const [enter = '', ...rest] = [...this.#enter(), process.execPath, '--disable-warning=ExperimentalWarning'];
    this.#executor = spawn(enter, [...rest, ...argv, ...args], {
      stdio: ['ignore', log, log],
      env: { ...process.env, HOME: home, VMCTL_HOME: home },
    });
    closeSync(log);
    await until(() => this.#hasSaidReady(before), { limitMs: READY_MS, what: () => `${name}; it said ${this.log()}` });
  }

  #hasSaidReady(before: number): boolean {
    if (this.#executor?.exitCode !== null) throw new Error(`the executor of ${this.name} ended:\n${this.log()}`);
    return this.log().split('"message":"ready"').length > before;
  }

  async kill(): Promise<void> {
    const executor = this.#executor;
    if (!executor || executor.exitCode !== null || executor.signalCode !== null) return;
    const ended = once(executor, 'exit');
    process.kill(await childOf(executor), 'SIGKILL');
    await ended;
  }

  async powerOff(): Promise<void> {
    const init = this.#init;
    if (!init || init.parent.exitCode !== null || init.parent.signalCode !== null) return;
    const ended = once(init.parent, 'exit');
    process.kill(init.pid, 'SIGKILL');
    await ended;
    this.#init = undefined;
  }

  async cut(isCut: boolean): Promise<void> {
    const { network } = this.#parts;
    if (!isCut) return void (await network.run('nft', 'delete', 'table', 'inet', 'cut'));
    await network.run('nft', 'add', 'table', 'inet', 'cut');
    await network.run(
      'nft',
      'add',
      'chain',
      'inet',
      'cut',
      'in',
      '{ type filter hook input priority 0; policy drop; }',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff();
    await this.#parts.network[Symbol.asyncDispose]();
  }
}
