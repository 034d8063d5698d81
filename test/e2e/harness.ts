import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type WebSocket from 'ws';
import type { Kind, ObjectOf } from '../../executor/controller/types.ts';
import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { homeFiles } from '../../schemas/home.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { endChild } from '../fixtures/end.ts';
import { type Backing, backingFor } from './backing.ts';
import { eventually } from './eventually.ts';
import { endMachines } from './leftovers.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../executor/main.ts');
const START_MS = 90_000;
/** A Linux guest without KVM takes a minute to boot on a host that is busy. */
const BOOT_MS = 100_000;
/** For an object to become what it should, on a host that is busy. */
const WAIT_MS = 100_000;
export const NAMESPACE = 'default';

/** An executor in a process of its own, on a home of its own: standalone, as `vmctl up` runs it, or on a cluster of its own. */
export interface TestExecutor extends AsyncDisposable {
  readonly home: string;
  /** Finds this executor for kubectl and vmctl, and nothing of the tester's. */
  readonly env: NodeJS.ProcessEnv;
  /** Goes on through restarts. */
  readonly client: ApiClient;
  /** Files in here may be imported as images. */
  readonly importFolder: string;
  readonly pid: number;
  readonly bound: Backing['bound'];
  /** stdout of kubectl. @throws with its stderr in the message */
  kubectl(...args: readonly string[]): Promise<string>;
  create(kind: Kind, name: string, spec: object): Promise<void>;
  patch(kind: Kind, name: string, patch: object): Promise<void>;
  remove(kind: Kind, name: string): Promise<void>;
  /** Opens a subresource's WebSocket, such as `virtualmachines/web/console`. */
  connect(subresource: string): Promise<WebSocket>;
  /** Waits until subresources are served. */
  available(): Promise<void>;
  /** Imports bytes as a raw image and waits until it is there. */
  image(name: string, content: Buffer): Promise<void>;
  /** Waits, on a watch, until an object is so. Undefined stands for an object that is gone. */
  eventually<K extends Kind>(
    kind: K,
    name: string,
    holds: (object: ObjectOf<K> | undefined) => unknown,
    limitMs?: number,
  ): Promise<ObjectOf<K>>;
  /** What the guest wrote on its first serial port since it was made. */
  serial(name: string): Promise<string>;
  /** The same without asking the API. */
  serialOf(machine: ObjectOf<'VirtualMachine'>): string;
  /** Waits until the guest has written this. */
  says(name: string, words: string | RegExp, limitMs?: number): Promise<string>;
  /** Reasons of the events about an object, each as often as it happened; the executor writes them in its own time. */
  events(name: string): Promise<string[]>;
  /** Waits until an event with this reason is written, as often as that. */
  happened(name: string, reason: string, times?: number): Promise<void>;
  /** What the executor itself has logged. */
  log(): string;
  /** Ends the executor; machines go on. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
}

export interface HarnessOptions {
  readonly arguments?: readonly string[];
  /** What is put before the executor's own command, such as what enters a network namespace; each replaces itself by the next. */
  readonly enter?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A folder that is not there yet; a new one where not given. */
  readonly home?: string;
  /** Another program than the source, such as the bundle, which starts several times as fast. */
  readonly main?: string;
}

/** Starts an executor and waits until its API serves and its controllers run. */
export async function startExecutor(options: HarnessOptions = {}): Promise<TestExecutor> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'vmctl-e2e-')));
  await mkdir(home, { recursive: true });
  await chmod(home, 0o711);
  const importFolder = join(home, 'import');
  await mkdir(importFolder, { mode: 0o755 });
  const executor = new Harness(home, importFolder, await backingFor(home), options);
  await executor.start();
  return executor;
}

class Harness implements TestExecutor {
  readonly home: string;
  readonly importFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly client: ApiClient;
  readonly #backing: Backing;
  readonly #arguments: readonly string[];
  readonly #enter: readonly string[];
  readonly #main: string;
  #child: ChildProcess | undefined;

  constructor(home: string, importFolder: string, backing: Backing, options: HarnessOptions) {
    const { arguments: extra = [], enter = [], env = {}, main = MAIN } = options;
    this.#main = main;
    this.home = home;
    this.importFolder = importFolder;
    this.#backing = backing;
    this.#arguments = extra;
    this.#enter = enter;
    this.env = { ...process.env, ...env, HOME: home, VMCTL_HOME: home, KUBECONFIG: backing.kubeconfig };
    this.client = backing.client;
  }

  get bound(): Backing['bound'] {
    return this.#backing.bound;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const before = this.log().length;
    const log = openSync(homeFiles(this.home).log, 'a');
    const argv = ['--disable-warning=ExperimentalWarning', this.#main, ...this.#backing.arguments, '--home', this.home];
    const fast = ['--crash-backoff', '200,1000'];
    const [program = '', ...words] = [...this.#enter, process.execPath, ...argv, ...fast, ...this.#arguments];
    const child = spawn(program, words, {
      stdio: ['ignore', log, log],
      env: this.env,
    });
    closeSync(log);
    this.#child = child;
    await until(() => this.#isReady(before), {
      limitMs: START_MS,
      what: () => `an executor that is ready; it said:\n${this.log()}`,
    });
    await this.#backing.started();
  }

  #isReady(loggedBefore: number): boolean {
    if (this.#child?.exitCode !== null) throw new Error(`the executor ended:\n${this.log()}`);
    return this.#backing.isReady(this.pid, this.log().slice(loggedBefore));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child) await endChild(this.#child, signal);
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('kubectl', args, { env: this.env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  async create(kind: Kind, name: string, spec: object): Promise<void> {
    const metadata = kinds[kind].scope === 'Namespaced' ? { name, namespace: NAMESPACE } : { name };
    const object = { apiVersion: API_VERSION, kind, metadata, spec: { ...this.#backing.usual[kind], ...spec } };
    await this.client.create(resourceOf(kinds[kind]), object as KubeObject);
  }

  async patch(kind: Kind, name: string, patch: object): Promise<void> {
    await this.client.patch(resourceOf(kinds[kind]), { namespace: NAMESPACE, name }, patch);
  }

  async remove(kind: Kind, name: string): Promise<void> {
    await this.client.delete(resourceOf(kinds[kind]), { namespace: NAMESPACE, name });
  }

  async image(name: string, content: Buffer): Promise<void> {
    const path = join(this.importFolder, name);
    writeFileSync(path, content, { mode: 0o644 });
    await this.create('VirtualMachineImage', name, { source: { file: { path } }, format: 'raw' });
    await this.eventually('VirtualMachineImage', name, (image) => image?.status?.phase === 'Ready');
  }

  connect(subresource: string): Promise<WebSocket> {
    return this.#backing.connect(`/apis/subresources.vmctl.dev/v1alpha1/namespaces/${NAMESPACE}/${subresource}`);
  }

  available(): Promise<void> {
    return this.#backing.available();
  }

  async eventually<K extends Kind>(
    kind: K,
    name: string,
    holds: (object: ObjectOf<K> | undefined) => unknown,
    limitMs = WAIT_MS,
  ): Promise<ObjectOf<K>> {
    return eventually(this.client, NAMESPACE, { kind, name, holds, limitMs, log: () => this.log() });
  }

  async serial(name: string): Promise<string> {
    const target = { namespace: NAMESPACE, name };
    return this.serialOf(await this.client.get<ObjectOf<'VirtualMachine'>>(resourceOf(kinds.VirtualMachine), target));
  }

  serialOf({ metadata }: ObjectOf<'VirtualMachine'>): string {
    return readLog(join(this.home, 'machines', metadata.uid ?? '', 'serial0.log'));
  }

  async says(name: string, words: string | RegExp, limitMs = BOOT_MS): Promise<string> {
    let said = '';
    const heard = async () => {
      said = await this.serial(name);
      return typeof words === 'string' ? said.includes(words) : words.test(said);
    };
    await until(heard, { limitMs, what: () => `a guest that says ${words}; it said:\n${said}\n${this.log()}` });
    return said;
  }

  async events(name: string): Promise<string[]> {
    const text = await this.kubectl('get', 'events', '-o', 'json', '--field-selector', `involvedObject.name=${name}`);
    const { items } = JSON.parse(text) as { items: { reason: string; count: number }[] };
    return items.flatMap(({ reason, count }) => Array.from({ length: count }, () => reason));
  }

  async happened(name: string, reason: string, times = 1): Promise<void> {
    let seen: string[] = [];
    const isWritten = async () => {
      seen = await this.events(name);
      return seen.filter((one) => one === reason).length >= times;
    };
    await until(isWritten, { limitMs: WAIT_MS, what: () => `the event ${reason} of ${name}; there are ${seen}` });
  }

  log(): string {
    return readLog(homeFiles(this.home).log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      this.#backing[Symbol.dispose]();
      await endMachines(this.home);
      await rm(this.home, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', '');
  } catch {
    return '';
  }
}

type MachineSpec = ObjectOf<'VirtualMachine'>['spec'];

/** A machine as small as it gets, on a disk made from an image; what the test is about goes on top. */
export const smallMachine = (image: string, more: Partial<Record<keyof MachineSpec, unknown>> = {}): object => ({
  memory: { size: '32Mi' },
  machine: { type: 'pc' },
  disks: [{ name: 'root', image: { name: image } }],
  stop: { method: 'Force' },
  graphics: [],
  channels: [],
  rng: [],
  balloon: { enabled: false },
  ...more,
});

export const condition = ({ status }: ObjectOf<'VirtualMachine'>, type: string) =>
  status?.conditions?.find((item) => item.type === type);

/** Types on a machine's console. */
export async function type(executor: TestExecutor, name: string, words: string): Promise<void> {
  const socket = await executor.connect(`virtualmachines/${name}/console?force=true`);
  const closed = once(socket, 'close');
  await new Promise<void>((resolve) => socket.send(Buffer.from(words), () => resolve()));
  // The guest may take a while to read; the pipe keeps what it has not read yet.
  socket.close();
  await closed;
}
