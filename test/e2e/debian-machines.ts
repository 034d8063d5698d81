import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { DEBIAN_MEMORY_MIB, type DebianGuest } from '../fixtures/guests/debian.ts';
import { run, VMCTL } from './cli-home.ts';
import { NAMESPACE, type TestExecutor } from './harness.ts';

/** Three machines with a real Debian, each booted and set up another way. */

export const MAC = '52:54:00:00:00:a1';
export const KEYS = ['first', 'second', 'third'].map(
  (name, i) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzND${i}2 ${name}@test`,
);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const data = (
  { client }: TestExecutor,
  kind: 'Secret' | 'ConfigMap',
  name: string,
  values: Record<string, string>,
): Promise<unknown> =>
  client.create(core(kind === 'Secret' ? 'secrets' : 'configmaps'), {
    ...{ apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE }, data: values },
  } as unknown as KubeObject);

const machine = (more: object): object => ({
  memory: { size: `${DEBIAN_MEMORY_MIB}Mi` },
  disks: [{ name: 'root', image: { name: 'debian' } }],
  interfaces: [{ name: 'eth0', network: { name: 'default' }, macAddress: MAC }],
  graphics: [],
  stop: { method: 'Force' },
  ...more,
});

export async function importGuest(executor: TestExecutor, guest: DebianGuest): Promise<void> {
  const files = {
    debian: [guest.disk, 'qcow2'],
    kernel: [guest.kernel, 'raw'],
    initrd: [guest.initrd, 'raw'],
  } as const;
  for (const [name, [from, format]] of Object.entries(files)) {
    const path = join(executor.importFolder, name);
    await copyFile(from, path);
    await executor.create('VirtualMachineImage', name, { source: { file: { path } }, format });
    await executor.eventually('VirtualMachineImage', name, (image) => image?.status?.phase === 'Ready');
  }
}

/** By UEFI with secure boot, NoCloud, with something from everywhere. @returns the private key that ada logs in with */
export async function createNoCloud(executor: TestExecutor): Promise<string> {
  const key = join(executor.home, 'id');
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const userData = '#cloud-config\nwrite_files:\n- {path: /etc/from-user-data, content: "user: ü"}\n';
  await data(executor, 'Secret', 'user-data', { userData: base64(userData) });
  await data(executor, 'Secret', 'keys', { mine: base64(`# of mine\n${await readFile(`${key}.pub`, 'utf8')}\n`) });
  await data(executor, 'Secret', 'password', { password: base64('a word: of "mine"\n') });
  await data(executor, 'ConfigMap', 'vendor', { script: '#!/bin/sh\necho vendor > /etc/from-vendor-data\n' });
  const ethernets = {
    lan: { match: { macaddress: MAC }, 'set-name': 'lan0', dhcp4: true, addresses: ['10.99.0.5/24'] },
  };
  const noCloud = {
    hostName: 'first',
    user: { name: 'ada', passwordSecretRef: { name: 'password' } },
    sshAuthorizedKeys: [KEYS[0]],
    sshAuthorizedKeysRefs: [{ name: 'keys' }],
    userData: { secretRef: { name: 'user-data' } },
    vendorData: { configMapRef: { name: 'vendor', key: 'script' } },
    metaData: { inline: 'role: web\n' },
    networkData: { inline: JSON.stringify({ version: 2, ethernets }) },
  };
  const firmware = { uefi: { secureBoot: true } };
  await executor.create('VirtualMachine', 'no-cloud', machine({ machine: { firmware }, cloudInit: { noCloud } }));
  return key;
}

/** By BIOS, with OpenStack's config drive. */
export async function createConfigDrive(executor: TestExecutor): Promise<void> {
  const ethernets = { lan: { match: { macaddress: MAC }, dhcp4: true, addresses: ['10.98.0.5/24'] } };
  const configDrive = {
    instanceId: 'i-chosen',
    sshAuthorizedKeys: [KEYS[2]],
    userData: { inline: '#!/bin/sh\necho user > /etc/from-user-data\n' },
    vendorData: { inline: '#cloud-config\nwrite_files:\n- {path: /etc/from-vendor-data, content: vendor}\n' },
    networkData: { inline: JSON.stringify({ version: 2, ethernets }) },
  };
  const disks = [{ name: 'root', image: { name: 'debian', size: '3Gi' } }];
  await executor.create('VirtualMachine', 'drive', machine({ disks, cloudInit: { configDrive } }));
}

/** Has `create` be told something, and shows the seed of that into a folder. */
async function toldSeed({ home, env }: TestExecutor, folder: string): Promise<void> {
  const vmctl = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(VMCTL, args, { env });
    if (code !== 0 || stderr !== '') throw new Error(`vmctl ${args.join(' ')} ended with ${code}: ${stderr}`);
  };
  const files = { key: join(home, 'id.pub'), user: join(home, 'user-data') };
  await writeFile(files.user, '#cloud-config\nwrite_files:\n- {path: /etc/from-user-data, content: served}\n');
  const flags = ['--user', 'bob', '--ssh-key', files.key, '--cloud-init', files.user, '--no-start'];
  await mkdir(folder);
  await vmctl('create', 'told', '--image', 'debian', ...flags);
  await vmctl('cloudinit', 'show', 'told', '--output', folder);
}

export interface SeedServer extends Disposable {
  /** Paths that were asked for. */
  readonly served: readonly string[];
}

/** By its kernel, with no seed disk: what `create` was told is shown into a folder, which a web server serves. */
export async function createDiskless(executor: TestExecutor, guest: DebianGuest): Promise<SeedServer> {
  const seed = join(executor.home, 'seed');
  await toldSeed(executor, seed);
  const served: string[] = [];
  const server = createServer((request, response) => {
    served.push(request.url ?? '');
    readFile(join(seed, (request.url ?? '').replace('/told/', ''))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kernel = { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine: guest.commandLine };
  const noCloud = { hostName: 'third', seedFrom: `http://10.0.2.2:${port}/told/` };
  const spec = machine({ machine: { boot: { kernel } }, cloudInit: { noCloud } });
  await executor.create('VirtualMachine', 'diskless', spec);
  return { served, [Symbol.dispose]: () => void server.close() };
}
