import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild } from '../fixtures/end.ts';
import { screenDisk } from '../fixtures/guests/screen.ts';
import { SSH_MEMORY_MIB, sshGuest } from '../fixtures/guests/ssh.ts';
import { type CliHome, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

const SMALL = { restartPolicy: 'Never', stop: { method: 'Force' }, balloon: { enabled: false }, rng: [], channels: [] };

/** Somebody who has vmctl and an API. */
export type Person = Pick<CliHome, 'folder' | 'env' | 'vmctl' | 'ok'>;

/** Where a machine goes: on a cluster its node, and a pool of that node. */
export interface Place {
  readonly pool?: string;
  readonly spec?: object;
}

const fromPool = ({ pool }: Place): string[] => (pool === undefined ? [] : ['--pool', pool]);

async function apply(person: Person, name: string, spec: object): Promise<void> {
  const file = join(person.folder, `${name}.json`);
  const object = { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine', metadata: { name } };
  await writeFile(file, JSON.stringify({ ...object, spec: { ...SMALL, ...spec } }));
  await person.ok('apply', '-f', file);
}

/** Waits until a guest has said it on its console. */
export async function says(person: Person, name: string, words: string | RegExp): Promise<void> {
  let said = '';
  const heard = async () => {
    const { stdout, stderr } = await person.vmctl('logs', name);
    said = stdout || stderr;
    return typeof words === 'string' ? said.includes(words) : words.test(said);
  };
  await until(heard, { limitMs: 90_000, what: () => `${name} to say ${words}; it said ${said}` });
}

/** A machine that shows a colour and takes keys. */
export async function screenMachine(person: Person, name: string, place: Place = {}): Promise<void> {
  const image = join(person.folder, `${name}.raw`);
  await writeFile(image, screenDisk());
  await person.ok('image', 'import', image, '--name', name, '--format', 'raw', ...fromPool(place));
  const disks = [{ name: 'root', image: { name, ...(place.pool !== undefined && { pool: place.pool }) } }];
  const spec = { memory: { size: '32Mi' }, machine: { type: 'pc' }, disks, inputs: [] };
  await apply(person, name, { ...spec, ...place.spec });
  await says(person, name, 'vmctl-guest ready');
}

/** A machine without a screen and without a network. */
export async function blindMachine(person: Person, name: string): Promise<void> {
  await apply(person, name, {
    memory: { size: '32Mi' },
    graphics: [],
    disks: [{ name: 'root', image: { name: 'screen' } }],
  });
  await says(person, name, 'vmctl-guest ready');
}

/** A Linux machine on a network of qemu's own, with an SSH server that lets a public key in. */
export async function sshMachine(
  person: Person,
  name: string,
  publicKeyFile?: string,
  place: Place = {},
): Promise<void> {
  const { kernel, initrd, commandLine } = await sshGuest();
  await person.ok('image', 'import', kernel, '--name', 'kernel', '--format', 'raw', ...fromPool(place));
  await person.ok('image', 'import', initrd, '--name', 'initrd', '--format', 'raw', ...fromPool(place));
  const key = publicKeyFile && (await readFile(publicKeyFile, 'utf8')).split(' ')[1];
  const files = { image: { name: 'kernel' }, initrd: { name: 'initrd' } };
  const boot = { kernel: { ...files, commandLine: key ? `${commandLine} vmctl.key=${key}` : commandLine } };
  await apply(person, name, {
    ...{ memory: { size: `${SSH_MEMORY_MIB}Mi` }, machine: { boot }, graphics: [] },
    interfaces: [{ name: 'eth0', network: { name: 'default' } }],
    ...place.spec,
  });
  // The shell's prompt: what is typed before it is lost.
  await says(person, name, /ready[\s\S]*# /);
}

export interface Going extends AsyncDisposable {
  /** The first match in what it writes. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
}

/** A vmctl that goes on until it is disposed of. */
export function going(person: Person, ...args: readonly string[]): Going {
  const child = spawn(VMCTL, args, { env: person.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return {
    line: async (pattern) => {
      await until(() => pattern.test(said), {
        limitMs: 90_000,
        what: () => `vmctl ${args.join(' ')} to say ${pattern}; it said ${said}`,
      });
      return pattern.exec(said) as RegExpExecArray;
    },
    type: (text) => child.stdin.write(text),
    [Symbol.asyncDispose]: () => endChild(child),
  };
}
