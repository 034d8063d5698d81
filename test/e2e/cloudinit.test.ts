import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { run, VMCTL } from './cli-home.ts';
import { condition, NAMESPACE, smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

/** Seeds around guests that do not read them: what is made, when it changes, and what is refused. */
let executor: TestExecutor;
const exec = promisify(execFile);
const reader = await exec('bsdtar', ['--version']).catch(() => undefined);

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('guest', serialDisk());
});

afterAll(async () => {
  await executor[Symbol.asyncDispose]();
});

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const seeds = (): string[] => {
  try {
    return readdirSync(join(executor.home, 'seeds'));
  } catch {
    return [];
  }
};

async function seedOf(name: string): Promise<string> {
  const { metadata } = await executor.eventually('VirtualMachine', name, (vm) => vm);
  const [found, ...others] = seeds().filter((file) => file.startsWith(`${metadata.uid}.`));
  expect(others).toEqual([]);
  return join(executor.home, 'seeds', found ?? 'there is no seed');
}

const create = (name: string, cloudInit: object, more: object = {}) =>
  executor.create('VirtualMachine', name, smallMachine('guest', { cloudInit, ...more }));

const secret = (name: string, data: Record<string, string>, namespace = NAMESPACE): Promise<unknown> =>
  executor.client.create(core('secrets'), {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data },
  } as unknown as KubeObject);

const running = (name: string) =>
  executor.eventually('VirtualMachine', name, (vm) => vm?.status?.powerState === 'Running');

const refused = async (name: string, reason: string) => {
  const vm = await executor.eventually(
    'VirtualMachine',
    name,
    (one) => one && condition(one, 'Ready')?.reason === reason,
  );
  expect(vm.status?.powerState).toBe('Stopped');
  return condition(vm, 'DisksReady')?.message ?? '';
};

test('a seed is readable by qemu alone, follows the spec while the machine runs, and goes with the machine', async ({
  skip,
}) => {
  skip(!reader, 'bsdtar (libarchive-tools) is not installed here');
  const read = async (path: string, file: string) => (await exec('bsdtar', ['-xOf', path, file])).stdout;
  await create('follows', { noCloud: { userData: { inline: '#!/bin/sh\necho one\n' } } });
  await running('follows');
  const first = await seedOf('follows');
  expect(statSync(first).mode & 0o777).toBe(0o400);
  expect(await read(first, 'user-data')).toContain('echo one');
  await executor.patch('VirtualMachine', 'follows', {
    spec: { cloudInit: { noCloud: { instanceId: 'two', userData: { inline: '#!/bin/sh\necho two\n' } } } },
  });
  await until(async () => (await executor.events('follows')).includes('CloudInitChanged'), {
    limitMs: 90_000,
    what: () => `another seed; the executor said:\n${executor.log()}`,
  });
  await until(() => !existsSync(first), { limitMs: 60_000, what: () => 'the end of the first seed' });
  const second = await seedOf('follows');
  expect(await read(second, 'user-data')).toContain('echo two');
  const vm = await executor.eventually(
    'VirtualMachine',
    'follows',
    (one) => one?.status?.cloudInit?.instanceId === 'two',
  );
  expect(condition(vm, 'RestartRequired')?.status).toBe('False');
  expect(vm.status?.pid).toBeGreaterThan(0);
  await executor.remove('VirtualMachine', 'follows');
  await executor.eventually('VirtualMachine', 'follows', (one) => one === undefined);
  expect(seeds().filter((file) => file.startsWith(vm.metadata.uid ?? '?'))).toEqual([]);
});

test('a Secret that is missing is named, and the machine starts once it is there', async () => {
  await create('waits', { noCloud: { userData: { secretRef: { name: 'later' } } } });
  expect(await refused('waits', 'SecretNotFound')).toContain('the Secret later');
  await secret('later', { userData: base64('#!/bin/sh\n') });
  await running('waits');
  // Noticed without an event of the API's: the last test here has waited long enough for it.
  await executor.client.patch(
    core('secrets'),
    { namespace: NAMESPACE, name: 'later' },
    { data: { userData: base64('#!/bin/sh\ntrue\n') } },
  );
});

test("a Secret of another namespace is nobody else's", async () => {
  await executor.kubectl('create', 'namespace', 'theirs');
  await secret('private', { userData: base64('#!/bin/sh\n# secretsecret\n') }, 'theirs');
  await create('curious', { noCloud: { userData: { secretRef: { name: 'private' } } } });
  expect(await refused('curious', 'SecretNotFound')).toContain("not in the machine's namespace");
  const named = { secretRef: { name: 'theirs/private' } };
  await expect(create('path', { noCloud: { userData: named } })).rejects.toThrow(/secretRef\.name/);
  await create('field', { noCloud: { userData: { secretRef: { name: 'private', namespace: 'theirs' } } } });
  await refused('field', 'SecretNotFound');
  // Another seed lies beside the one whose place it takes for a moment.
  await until(() => seeds().length === 1, { limitMs: 60_000, what: () => `one seed; there are ${seeds()}` });
});

test.for([
  ['no-utf8', 'CloudInitNotText', Buffer.from([0xc3, 0x28])],
  ['alias-bomb', 'CloudInitInvalid', bomb()],
  ['no-yaml', 'CloudInitInvalid', '#cloud-config\nusers: [secretsecret\n'],
] as const)('user data that is no good is refused before the guest starts: %s', async ([name, reason, content]) => {
  await secret(name, { userData: base64(content) });
  await create(name, { noCloud: { userData: { secretRef: { name } } } });
  const message = await refused(name, reason);
  expect(message).not.toContain('secretsecret');
  expect(executor.log()).not.toContain('secretsecret');
});

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i}: &l${i} [${i === 0 ? 'x' : `*l${i - 1},`.repeat(9)}]`);
  return `#cloud-config\n${levels.join('\n')}\n`;
}

test('ten megabytes of user data and a host name of two lines do not get into an object', async () => {
  await expect(secret('huge', { userData: base64('x'.repeat(10_000_000)) })).rejects.toThrow();
  const inline = 'x'.repeat(10_000_000);
  await expect(create('huge', { noCloud: { userData: { inline } } })).rejects.toThrow();
  await expect(create('lines', { noCloud: { hostName: 'web\nroot: x' } })).rejects.toThrow(/hostName/);
});

test('a serial number cannot say two things', async () => {
  const board = { machine: { type: 'pc', smbios: { serial: 'mine' } } };
  await create('serial', { noCloud: { seedFrom: 'http://192.0.2.1/' } }, board);
  const vm = await executor.eventually(
    'VirtualMachine',
    'serial',
    (one) => one && condition(one, 'Ready')?.reason === 'SerialNumberTaken',
  );
  expect(condition(vm, 'Ready')?.message).toContain('seedFrom');
});

test('create and show say what the guest will find, and hide what is secret', async () => {
  await secret('pw', { password: base64('secretsecret') });
  const vmctl = (...args: string[]) => run(VMCTL, args, { env: executor.env });
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2 a@b';
  const flags = ['--image', 'guest', '--no-start', '--user', 'ada', '--password-secret', 'pw', '--ssh-key', key];
  expect(await vmctl('create', 'shown', ...flags)).toMatchObject({ code: 0, stderr: '' });
  const hidden = (await vmctl('cloudinit', 'show', 'shown')).stdout;
  expect(hidden).toContain(key);
  expect(hidden).toContain('--reveal');
  expect(hidden).not.toContain('secretsecret');
  expect((await vmctl('cloudinit', 'show', 'shown', '--reveal')).stdout).toContain('secretsecret');
  const bad = await vmctl('create', 'bad', ...flags, '--ssh-key', '/etc/hostname');
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain('SSH public key');
  expect((await vmctl('agent', 'ping', 'shown')).stderr).toContain('does not run');
});

test('the agent of a guest that has none is told of, and so is a question that is none', async () => {
  await executor.create(
    'VirtualMachine',
    'silent',
    smallMachine('guest', { channels: [{ name: 'agent', agent: {} }] }),
  );
  await running('silent');
  const ask = (name: string, body: object) =>
    executor.client.call(
      'POST',
      `/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/${name}/agent`,
      body,
    );
  await expect(ask('silent', { ping: {} })).rejects.toMatchObject({
    code: 504,
    message: expect.stringMatching(/qemu-guest-agent/),
  });
  await expect(ask('waits', { ping: {} })).rejects.toMatchObject({
    code: 409,
    message: expect.stringMatching(/spec.channels/),
  });
  await expect(ask('nobody', { ping: {} })).rejects.toMatchObject({ code: 404 });
  for (const body of [{}, { ping: {}, info: {} }, { toString: {} }, { ping: [] }, { reboot: {} }])
    await expect(ask('silent', body)).rejects.toMatchObject({ code: 400 });
  const vm = await executor.eventually(
    'VirtualMachine',
    'silent',
    (one) => one && condition(one, 'GuestAgentConnected'),
  );
  expect(condition(vm, 'GuestAgentConnected')).toMatchObject({ status: 'False', reason: 'NotConnected' });
});

test('a Secret that has changed is another seed within half a minute', async () => {
  await until(async () => (await executor.events('waits')).includes('CloudInitChanged'), {
    limitMs: 100_000,
    what: () => 'the event CloudInitChanged',
  });
});
