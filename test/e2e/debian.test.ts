import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectOf } from '../../executor/controller/types.ts';
import { DEBIAN_BUILD_MS, debianGuest, whyNoDebian } from '../fixtures/guests/debian.ts';
import { type Result, run, VMCTL } from './cli-home.ts';
import {
  createConfigDrive,
  createDiskless,
  createNoCloud,
  importGuest,
  KEYS,
  MAC,
  type SeedServer,
} from './debian-machines.ts';
import { condition, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

/** Three real guests, booted once and at the same time: by UEFI, by BIOS, and by the kernel alone. */
const BOOT_MS = 900_000;
/** The guest is asked every now and then, and slow to answer. */
const STATUS_MS = 200_000;
const NAMES = ['no-cloud', 'drive', 'diskless'];
const why = await whyNoDebian();

let executor: TestExecutor;
let server: SeedServer;
/** What ada of no-cloud logs in with. */
let key: string;

const vmctl = (...args: readonly string[]): Promise<Result> => run(VMCTL, args, { env: executor.env });

/** Standard output of a program in a guest. */
async function inGuest(name: string, ...command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await vmctl('agent', 'exec', name, '--timeout', '5m', '--', ...command);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trim();
}

/** What cloud-init has found out. */
const instanceData = async (name: string) =>
  JSON.parse(await inGuest(name, 'cat', '/run/cloud-init/instance-data.json')) as {
    v1: { instance_id: string; subplatform: string };
    ds: { meta_data: { role?: string } };
  };

/** The guest's own word that all of its first boot is done. Until it has said so on its console it is left alone: it is slow enough. */
async function settled(name: string): Promise<void> {
  await executor.says(name, /Cloud-init v\. .* finished at/, BOOT_MS);
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
    await importGuest(executor, guest);
    key = await createNoCloud(executor);
    await createConfigDrive(executor);
    server = await createDiskless(executor, guest);
    await Promise.all(NAMES.map(settled));
  }, DEBIAN_BUILD_MS + BOOT_MS);

  afterAll(async () => {
    server?.[Symbol.dispose]();
    for (const name of NAMES) {
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
    // Status tells of the guest in its own time.
    const rootOf = (vm: ObjectOf<'VirtualMachine'> | undefined) =>
      vm?.status?.guest?.filesystems?.find(({ mountPoint }) => mountPoint === '/');
    const grown = await executor.eventually(
      'VirtualMachine',
      'drive',
      (vm) => (rootOf(vm)?.totalBytes ?? 0) > 2.2 * 1024 ** 3,
      STATUS_MS,
    );
    expect(rootOf(grown)?.type).toBe('ext4');
    const failed = await inGuest('drive', 'sh', '-c', 'systemctl list-units --failed --plain --no-legend --no-pager');
    expect(failed).toBe('');
  });

  describe('with a NoCloud seed', () => {
    test('has the host name, the user data, the vendor data and the meta data', async () => {
      expect(await inGuest('no-cloud', 'hostname')).toBe('first');
      expect(await inGuest('no-cloud', 'cat', '/etc/from-user-data')).toBe('user: ü');
      expect(await inGuest('no-cloud', 'cat', '/etc/from-vendor-data')).toBe('vendor');
      const { v1, ds } = await instanceData('no-cloud');
      expect(ds.meta_data.role).toBe('web');
      const { metadata } = await executor.eventually('VirtualMachine', 'no-cloud', (vm) => vm?.status?.cloudInit);
      expect(v1.instance_id).toBe(metadata.uid);
    });

    test('has the user with the keys from the spec and the Secret, and the password', async () => {
      const keys = await inGuest('no-cloud', 'cat', '/home/ada/.ssh/authorized_keys');
      expect(keys).toContain(KEYS[0]);
      expect(keys).toContain((await readFile(`${key}.pub`, 'utf8')).trim());
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
      const { status } = await executor.eventually(
        'VirtualMachine',
        'no-cloud',
        (vm) =>
          vm?.status?.guest?.interfaces?.some(
            ({ name, addresses }) => name === 'lan0' && addresses?.includes('10.0.2.15'),
          ),
        STATUS_MS,
      );
      const lan = status?.guest?.interfaces?.find(({ name }) => name === 'lan0');
      expect(lan?.macAddress).toBe(MAC);
      expect(lan?.addresses).toEqual(expect.arrayContaining(['10.99.0.5', '10.0.2.15']));
    });

    test('is logged in to by SSH, by a host key that its agent has read', async () => {
      const before = await executor.serial('no-cloud');
      expect(before).toContain('-----BEGIN SSH HOST KEY KEYS-----');
      const made = 'rm ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key && systemctl restart ssh';
      await inGuest('no-cloud', 'sh', '-c', `cd /etc/ssh && ${made}`);
      const [type, blob = ''] = (await inGuest('no-cloud', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).split(' ');
      expect(before).not.toContain(blob);
      const seen = await vmctl('ssh', 'ada@no-cloud', '-i', key, '--', 'whoami');
      expect(seen).toEqual({ code: 0, stdout: 'ada\n', stderr: '' });
      const { metadata } = await executor.eventually('VirtualMachine', 'no-cloud', (vm) => vm);
      const known = await readFile(join(executor.home, '.local/state/vmctl/known_hosts'), 'utf8');
      expect(known).toBe(`vmctl-${metadata.uid} ${type} ${blob}\n`);
    });

    test('finds another seed in the drive as soon as the spec changes, without a restart', async () => {
      await executor.patch('VirtualMachine', 'no-cloud', { spec: { cloudInit: { noCloud: { hostName: 'renamed' } } } });
      await until(async () => (await executor.events('no-cloud')).includes('CloudInitChanged'), {
        limitMs: 60_000,
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
    const { v1 } = await instanceData('drive');
    expect(v1.instance_id).toBe('i-chosen');
    expect(v1.subplatform).toContain('config-disk');
    expect(await inGuest('drive', 'cat', '/etc/from-user-data')).toBe('user');
    expect(await inGuest('drive', 'cat', '/etc/from-vendor-data')).toBe('vendor');
    expect(await inGuest('drive', 'cat', '/home/debian/.ssh/authorized_keys')).toContain(KEYS[2]);
    expect(await inGuest('drive', 'ip', '-4', '-o', 'address')).toContain('10.98.0.5/24');
  });

  test('with no seed disk gets its data from where the serial number says', async () => {
    expect(server.served).toEqual(expect.arrayContaining(['/told/meta-data', '/told/user-data', '/told/vendor-data']));
    expect(await inGuest('diskless', 'cat', '/etc/from-user-data')).toBe('served');
    const keys = await inGuest('diskless', 'cat', '/home/bob/.ssh/authorized_keys');
    expect(keys).toContain((await readFile(`${key}.pub`, 'utf8')).trim());
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

    test('is not waited for longer than asked', async () => {
      const slow = await vmctl('agent', 'exec', 'drive', '--timeout', '1s', '--', 'sleep', '600');
      expect(slow.code).toBe(5);
      expect(slow.stderr).toMatch(/has not ended in time; it goes on in the guest as process \d+/);
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
