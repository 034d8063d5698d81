import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kind } from '../../executor/controller/types.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { smallMachine, startExecutor, type TestExecutor, type } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { createNamespace, type Namespace } from './namespace.ts';

/** The world beyond the host: a namespace on the other end of a cable, with an address and nothing of ours. */
export const WORLD = { address: '192.0.2.1', host: '192.0.2.2', second: '192.0.2.3' } as const;

export interface TestHost extends AsyncDisposable {
  readonly host: Namespace;
  readonly world: Namespace;
  readonly executor: TestExecutor;
}

/** Has a program, and what it starts, find another file in the place of the host's. */
const withFile = (path: string, other: string): string[] => [
  ...['unshare', '--mount', '--propagation', 'slave', '--'],
  ...['sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', other, path],
];

/**
 * A host with one card, `eth0`, behind which the world is, and an executor on it.
 * @param prepare what the executor finds there
 * @param resolver the executor's /etc/resolv.conf, where it is not to be that of this machine
 */
export async function createHost(
  prepare: (host: Namespace) => Promise<NodeJS.ProcessEnv> = async () => ({}),
  resolver?: string,
): Promise<TestHost> {
  const [host, world] = await Promise.all([createNamespace(), createNamespace()]);
  await host.run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', world.name);
  await host.run('ip', 'address', 'add', `${WORLD.host}/24`, 'dev', 'eth0');
  await host.run('ip', 'address', 'add', `${WORLD.second}/24`, 'dev', 'eth0');
  await host.run('ip', 'link', 'set', 'eth0', 'up');
  await world.run('ip', 'address', 'add', `${WORLD.address}/24`, 'dev', 'eth0');
  await world.run('ip', 'link', 'set', 'eth0', 'up');
  await host.run('ip', 'route', 'add', 'default', 'via', WORLD.address);
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-host-'));
  const file = join(folder, 'resolv.conf');
  if (resolver !== undefined) await writeFile(file, resolver);
  const names = resolver === undefined ? [] : withFile('/etc/resolv.conf', file);
  const executor = await startExecutor({ enter: [...host.enter, ...names], env: await prepare(host) });
  return {
    host,
    world,
    executor,
    [Symbol.asyncDispose]: async () => {
      await executor[Symbol.asyncDispose]();
      await Promise.all([host[Symbol.asyncDispose](), world[Symbol.asyncDispose]()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Imports the kernel of the Linux guest. */
export async function importGuest(executor: TestExecutor): Promise<void> {
  const { kernel, initrd } = await linuxGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
}

/** A Linux machine with these interfaces; `vmctl.dhcp` on its command line has the first ask for an address. */
export async function createLinux(
  executor: TestExecutor,
  name: string,
  interfaces: readonly object[],
  words = 'vmctl.dhcp',
  cores = 1,
  { memory, ...more }: { readonly memory?: object; readonly [field: string]: unknown } = {},
): Promise<void> {
  const { commandLine } = await linuxGuest();
  const kernel = { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine: `${commandLine} ${words}` };
  const spec = {
    cpu: { cores },
    memory: { size: `${LINUX_MEMORY_MIB}Mi`, ...memory },
    machine: { boot: { kernel } },
    disks: [],
    interfaces,
    ...more,
  };
  await executor.create('VirtualMachine', name, smallMachine('unused', spec));
}

let asked = 0;

/** Removes an object, and waits until it is gone: its name is free again, and nothing of it is left on the host. */
export async function removed(executor: TestExecutor, kind: Kind, name: string): Promise<void> {
  await executor.remove(kind, name);
  await executor.eventually(kind, name, (it) => it === undefined, 90_000);
}

/** Waits until the guest's shell answers words so: what a change of the host leads to shows in the guest a moment later. */
export async function answers(
  executor: TestExecutor,
  name: string,
  words: string,
  wanted: string | RegExp,
): Promise<void> {
  let said = '';
  const isSo = async () => {
    said = await ask(executor, name, words);
    return typeof wanted === 'string' ? said === wanted : wanted.test(said);
  };
  await until(isSo, { limitMs: 60_000, what: () => `${words} in ${name} to say ${wanted}; it said ${said}` });
}

/** Has the guest's shell run words. @returns what they wrote */
export async function ask(executor: TestExecutor, name: string, words: string, limitMs = 60_000): Promise<string> {
  asked += 1;
  // The shell echoes what it is told: the end is spelt so that only the answer has it.
  const end = `done-${asked}`;
  await type(executor, name, `echo; echo begin-''${asked}; { ${words}; } 2>&1; echo done-''${asked}\n`);
  const said = await executor.says(name, end, limitMs);
  return said.slice(said.lastIndexOf(`begin-${asked}`) + `begin-${asked}`.length, said.lastIndexOf(end)).trim();
}

/** The address that status tells of an interface, once it does. */
export async function addressOf(executor: TestExecutor, name: string, nic = 'eth0', like = /^\d/): Promise<string> {
  const find = (machine: VirtualMachine | undefined) =>
    machine?.status?.interfaces?.find((it) => it.name === nic)?.addresses?.find((address) => like.test(address));
  return find(await executor.eventually('VirtualMachine', name, find, 90_000)) ?? '';
}

export const networkReady = (executor: TestExecutor, name: string) =>
  executor.eventually(
    'VirtualMachineNetwork',
    name,
    (network) => network?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    60_000,
  );
