import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import {
  DEBIAN_BUILD_MS,
  DEBIAN_MEMORY_MIB,
  type DebianGuest,
  debianGuest,
  whyNoDebian,
} from '../fixtures/guests/debian.ts';
import { type Result, run, VMCTL } from './cli-home.ts';
import { condition, NAMESPACE, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

/** Three real guests, booted once and at the same time: by UEFI, by BIOS, and by the kernel alone. */
const BOOT_MS = 900_000;
const MAC = '52:54:00:00:00:a1';
const KEYS = ['first', 'second', 'third'].map(
  (name, i) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzND${i}2 ${name}@test`,
);
const why = await whyNoDebian();

let executor: TestExecutor;
let server: Server;
const served: string[] = [];

const vmctl = (...args: readonly string[]): Promise<Result> => run(VMCTL, args, { env: executor.env });

/** Standard output of a program in a guest. */
async function inGuest(name: string, ...command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await vmctl('agent', 'exec', name, '--', ...command);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trim();
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const data = (kind: 'Secret' | 'ConfigMap', name: string, values: Record<string, string>): Promise<unknown> =>
  executor.client.create(core(kind === 'Secret' ? 'secrets' : 'configmaps'), {
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

async function importGuest(guest: DebianGuest): Promise<void> {
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

/** By UEFI with secure boot, NoCloud, with something from everywhere. */
async function createNoCloud(): Promise<void> {
  const userData = '#cloud-config\nwrite_files:\n- {path: /etc/from-user-data, content: "user: ü"}\n';
  await data('Secret', 'user-data', { userData: base64(userData) });
  await data('Secret', 'keys', { mine: base64(`# of mine\n${KEYS[1]}\n`) });
  await data('Secret', 'password', { password: base64('a word: of "mine"\n') });
  await data('ConfigMap', 'vendor', { script: '#!/bin/sh\necho vendor > /etc/from-vendor-data\n' });
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
}

/** By BIOS, with OpenStack's config drive. */
async function createConfigDrive(): Promise<void> {
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

/** By its kernel, with no seed disk: what `create` was told is shown into a folder, which a web server serves. */
async function createDiskless(guest: DebianGuest): Promise<void> {
  const seed = join(executor.home, 'seed');
  const files = { key: join(executor.home, 'id.pub'), user: join(executor.home, 'user-data') };
  await writeFile(files.key, `${KEYS[0]}\n`);
  await writeFile(files.user, '#cloud-config\nwrite_files:\n- {path: /etc/from-user-data, content: served}\n');
  const flags = ['--user', 'bob', '--ssh-key', files.key, '--cloud-init', files.user, '--no-start'];
  expect(await vmctl('create', 'told', '--image', 'debian', ...flags)).toMatchObject({ code: 0, stderr: '' });
  expect(await vmctl('cloudinit', 'show', 'told', '--output', seed)).toMatchObject({ code: 0, stderr: '' });
  server = createServer((request, response) => {
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
  await executor.create(
    'VirtualMachine',
    'diskless',
    machine({ machine: { boot: { kernel } }, cloudInit: { noCloud } }),
  );
}

/** The guest's own word that all of its first boot is done. */
async function settled(name: string): Promise<void> {
  await executor.eventually(
    'VirtualMachine',
    name,
    (vm) => vm && condition(vm, 'GuestAgentConnected')?.status === 'True',
    BOOT_MS,
  );
  const done = async () => (await vmctl('agent', 'exec', name, '--', 'cat', '/run/cloud-init/result.json')).code === 0;
  await until(done, { limitMs: BOOT_MS, what: () => `the end of cloud-init in ${name}` });
}

describe.skipIf(why !== undefined)(`a real Debian${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  beforeAll(async () => {
    const guest = await debianGuest();
    executor = await startExecutor();
    await mkdir(join(executor.home, 'seed'));
    await importGuest(guest);
    await createNoCloud();
    await createConfigDrive();
    await createDiskless(guest);
    await Promise.all(['no-cloud', 'drive', 'diskless'].map(settled));
  }, DEBIAN_BUILD_MS + BOOT_MS);

  afterAll(async () => {
    server?.close();
    for (const name of ['no-cloud', 'drive', 'diskless']) {
      await executor?.remove('VirtualMachine', name);
      await executor?.eventually('VirtualMachine', name, (vm) => vm === undefined);
    }
    await executor?.[Symbol.asyncDispose]();
  });

  test('boots by UEFI with secure boot, by BIOS and by its kernel alone', async () => {
    const firmware = (name: string) => inGuest(name, 'sh', '-c', 'test -d /sys/firmware/efi && echo uefi || echo bios');
    expect(await Promise.all(['no-cloud', 'drive'].map(firmware))).toEqual(['uefi', 'bios']);
    expect(await inGuest('no-cloud', 'sh', '-c', 'dmesg | grep -i secureboot')).toContain('Secure boot enabled');
    expect(await inGuest('diskless', 'cat', '/proc/cmdline')).not.toContain('BOOT_IMAGE');
  });

  test('grows its root to the size of the disk, and nothing of it has failed', async () => {
    const { status } = await executor.eventually('VirtualMachine', 'drive', (vm) => vm?.status?.guest?.filesystems);
    const root = status?.guest?.filesystems?.find(({ mountPoint }) => mountPoint === '/');
    expect(root?.type).toBe('ext4');
    expect(root?.totalBytes).toBeGreaterThan(2.2 * 1024 ** 3);
    const failed = await inGuest('drive', 'sh', '-c', 'systemctl list-units --failed --plain --no-legend --no-pager');
    expect(failed).toBe('');
  });

  describe('with a NoCloud seed', () => {
    test('has the host name, the user data, the vendor data and the meta data', async () => {
      expect(await inGuest('no-cloud', 'hostname')).toBe('first');
      expect(await inGuest('no-cloud', 'cat', '/etc/from-user-data')).toBe('user: ü');
      expect(await inGuest('no-cloud', 'cat', '/etc/from-vendor-data')).toBe('vendor');
      expect(await inGuest('no-cloud', 'cloud-init', 'query', 'ds.meta_data.role')).toBe('web');
      const { metadata } = await executor.eventually('VirtualMachine', 'no-cloud', (vm) => vm?.status?.cloudInit);
      expect(await inGuest('no-cloud', 'cloud-init', 'query', 'instance_id')).toBe(metadata.uid);
    });

    test('has the user with the keys from the spec and the Secret, and the password', async () => {
      const keys = await inGuest('no-cloud', 'cat', '/home/ada/.ssh/authorized_keys');
      expect(keys).toContain(KEYS[0]);
      expect(keys).toContain(KEYS[1]);
      const shadow = await inGuest('no-cloud', 'getent', 'shadow', 'ada');
      const [, , salt = ''] = /^ada:(\$[^:]*\$)?/.exec(shadow)?.[1]?.split('$') ?? [];
      expect(shadow).toMatch(/^ada:\$/);
      expect(salt).not.toBe('');
      const check = `import crypt, spwd; h = spwd.getspnam("ada").sp_pwdp; print(crypt.crypt('a word: of "mine"', h) == h)`;
      expect(await inGuest('no-cloud', 'python3', '-W', 'ignore', '-c', check)).toBe('True');
    });

    test('has the network that it was given, and status tells its addresses', async () => {
      const addresses = await inGuest('no-cloud', 'ip', '-4', '-o', 'address', 'show', 'lan0');
      expect(addresses).toContain('10.99.0.5/24');
      const { status } = await executor.eventually('VirtualMachine', 'no-cloud', (vm) =>
        vm?.status?.guest?.interfaces?.some(({ name }) => name === 'lan0'),
      );
      const lan = status?.guest?.interfaces?.find(({ name }) => name === 'lan0');
      expect(lan?.macAddress).toBe(MAC);
      expect(lan?.addresses).toEqual(expect.arrayContaining(['10.99.0.5', '10.0.2.15']));
    });

    test('finds another seed in the drive as soon as the spec changes, without a restart', async () => {
      await executor.patch('VirtualMachine', 'no-cloud', { spec: { cloudInit: { noCloud: { hostName: 'renamed' } } } });
      await until(async () => (await executor.events('no-cloud')).includes('CloudInitChanged'), {
        limitMs: 20_000,
        what: () => 'the event CloudInitChanged',
      });
      const read = 'mount -o ro /dev/sr0 /mnt && cat /mnt/meta-data; umount /mnt';
      expect(JSON.parse(await inGuest('no-cloud', 'sh', '-c', read))).toMatchObject({ 'local-hostname': 'renamed' });
      const vm = await executor.eventually(
        'VirtualMachine',
        'no-cloud',
        (one) => one?.status?.observedGeneration === one?.metadata.generation,
      );
      expect(condition(vm, 'RestartRequired')?.status).toBe('False');
    });
  });

  test('with a config drive has all of it too', async () => {
    expect(await inGuest('drive', 'hostname')).toBe('drive');
    expect(await inGuest('drive', 'cloud-init', 'query', 'instance_id')).toBe('i-chosen');
    expect(await inGuest('drive', 'cat', '/etc/from-user-data')).toBe('user');
    expect(await inGuest('drive', 'cat', '/etc/from-vendor-data')).toBe('vendor');
    expect(await inGuest('drive', 'cat', '/home/debian/.ssh/authorized_keys')).toContain(KEYS[2]);
    expect(await inGuest('drive', 'ip', '-4', '-o', 'address')).toContain('10.98.0.5/24');
    expect(await inGuest('drive', 'cloud-init', 'query', 'subplatform')).toContain('config-disk');
  });

  test('with no seed disk gets its data from where the serial number says', async () => {
    expect(served).toEqual(expect.arrayContaining(['/told/meta-data', '/told/user-data', '/told/vendor-data']));
    expect(await inGuest('diskless', 'cat', '/etc/from-user-data')).toBe('served');
    expect(await inGuest('diskless', 'cat', '/home/bob/.ssh/authorized_keys')).toContain(KEYS[0]);
    expect(await inGuest('diskless', 'sh', '-c', 'ls /dev/sr0 2>&1 || true')).toContain('No such file');
  });

  describe('and its agent', () => {
    test('says in status what the guest is', async () => {
      const { status } = await executor.eventually('VirtualMachine', 'drive', (vm) => vm?.status?.guest?.filesystems);
      expect(status?.guest).toMatchObject({ hostName: 'drive', os: expect.stringContaining('Debian GNU/Linux 12') });
      expect(status?.guest?.kernel).toMatch(/^6\.1\./);
      const root = status?.guest?.filesystems?.find(({ mountPoint }) => mountPoint === '/');
      expect(root?.type).toBe('ext4');
      expect(root?.totalBytes).toBeGreaterThan(1024 ** 3);
    });

    test('answers a ping and says what it can', async () => {
      expect((await vmctl('agent', 'ping', 'drive')).stdout).toMatch(
        /^the guest agent of drive answers after \d+ ms\n$/,
      );
      expect((await vmctl('agent', 'info', 'drive')).stdout).toContain('Debian GNU/Linux 12');
      const info = JSON.parse((await vmctl('agent', 'info', 'drive', '-o', 'json')).stdout);
      expect(info.commands).toContain('guest-exec');
    });

    test('runs a program with arguments, environment and input, and gives its exit code', async () => {
      const script = 'echo "$1 $X"; cat; echo wrong >&2; exit 7';
      const args = ['agent', 'exec', 'drive', '--env', 'X=y z', '--stdin', '--', 'sh', '-c', script, 'sh', 'a b'];
      const result = await run(VMCTL, args, { env: executor.env, input: 'typed\u001b[31m' });
      expect(result).toEqual({ code: 7, stdout: 'a b y z\ntyped\u001b[31m', stderr: 'wrong\n' });
    });

    test('is not waited for longer than asked, nor believed more than fits', async () => {
      const slow = await vmctl('agent', 'exec', 'drive', '--timeout', '1s', '--', 'sleep', '30');
      expect(slow.code).toBe(5);
      expect(slow.stderr).toMatch(/has not ended in time; it goes on in the guest as process \d+/);
      const much = await vmctl('agent', 'exec', 'drive', '--timeout', '5m', '--', 'head', '-c', '6000000', '/dev/zero');
      expect(much.code).toBe(5);
      expect(much.stderr).toContain('more than 4194304 bytes');
      const none = await vmctl('agent', 'exec', 'drive', '--', '/no/such/program');
      expect(none.stderr).toContain('the guest agent refused guest-exec');
      expect((await vmctl('agent', 'ping', 'drive')).code).toBe(0);
    });

    test('sets a password', async () => {
      const args = ['agent', 'set-password', 'drive', '--user', 'debian'];
      expect(await run(VMCTL, args, { env: executor.env, input: 'new word\n' })).toMatchObject({ code: 0, stderr: '' });
      const check = `import crypt, spwd; h = spwd.getspnam("debian").sp_pwdp; print(crypt.crypt("new word", h) == h)`;
      expect(await inGuest('drive', 'python3', '-W', 'ignore', '-c', check)).toBe('True');
      expect(executor.log()).not.toContain('new word');
    });

    test('lists, adds and removes SSH keys', async () => {
      const keys = (...args: string[]) => vmctl('agent', 'ssh-keys', 'drive', '--user', 'debian', ...args);
      expect((await keys('--add', KEYS[0] ?? '')).stdout).toContain(KEYS[0]);
      const after = await keys('--remove', KEYS[0] ?? '');
      expect(after.stdout).toContain(KEYS[2]);
      expect(after.stdout).not.toContain(KEYS[0]);
    });

    test('freezes its file systems and thaws them', async () => {
      const fsfreeze = async (action: string) => (await vmctl('agent', 'fsfreeze', 'drive', action)).stdout;
      expect(await fsfreeze('status')).toBe('thawed\n');
      expect(await fsfreeze('freeze')).toMatch(/^frozen \(\d+ file systems\)\n$/);
      expect((await vmctl('agent', 'exec', 'drive', '--', 'true')).code).not.toBe(0);
      expect(await fsfreeze('thaw')).toMatch(/^thawed \(\d+ file systems\)\n$/);
      expect(await inGuest('drive', 'sh', '-c', 'echo on > /root/after && cat /root/after')).toBe('on');
    });

    test('trims its file systems', async () => {
      expect((await vmctl('agent', 'fstrim', 'drive')).stdout).toMatch(/^\/: .*(are free|not)/m);
    });
  });
});
