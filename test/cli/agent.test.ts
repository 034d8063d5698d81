import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicKeys, readInput } from '../../cli/agent/input.ts';
import { infoText, writeGuest } from '../../cli/agent/output.ts';
import { cloudInitOf } from '../../cli/machine/cloud-init.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2 ada@home';
const HOSTILE = '\u001b[2J\u001b]0;title\u0007plain\r\n\u009b31m\u202ereversed';

let folder = '';
const file = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-agent-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what a guest wrote', () => {
  const written = (isTTY: boolean, raw: boolean): string => {
    const chunks: Buffer[] = [];
    const write = (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk as string)) > 0;
    writeGuest({ isTTY, write } as never, Buffer.from(HOSTILE).toString('base64'), raw);
    return Buffer.concat(chunks).toString();
  };

  test('is shown on a terminal, not obeyed by it', () => {
    expect(written(true, false)).toBe('^[[2J^[]0;title^Gplain\r\nM-^[31m\\u202ereversed');
  });

  test('is passed on as it is to a program, and where that is asked for', () => {
    expect(written(false, false)).toBe(HOSTILE);
    expect(written(true, true)).toBe(HOSTILE);
  });

  test('says in information nothing that a terminal obeys either', () => {
    const text = infoText({ hostName: HOSTILE, os: 'Debian', interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] });
    expect(text.split('\n')).toHaveLength(4);
    expect(text).toContain('System:    Debian');
    expect(text).not.toMatch(/[\u001b\u0007\u009b\u202e]/);
  });
});

describe('what a guest is given', () => {
  test('is public keys, of a file or written out', async () => {
    expect(await publicKeys(KEY)).toEqual([KEY]);
    expect(await publicKeys(await file('keys', `# mine\n${KEY}\n\n`))).toEqual([KEY]);
  });

  test('is never a private key', async () => {
    const path = await file('id', '-----BEGIN OPENSSH PRIVATE KEY-----\nsecretsecret\n');
    await expect(publicKeys(path)).rejects.toThrow(/private key/);
    await expect(publicKeys(join(folder, 'none'))).rejects.toThrow(/there is no file/);
    await expect(publicKeys(await file('empty', '\n'))).rejects.toThrow(/holds no key/);
  });

  test('is no more input than its agent takes', async () => {
    expect((await readInput(Readable.from([Buffer.from('a'), Buffer.from('b')]))).toString()).toBe('ab');
    await expect(readInput(Readable.from([Buffer.alloc(1024 * 1024 + 1)]))).rejects.toThrow(/more than 1 MiB/);
  });
});

describe('what create says about the first boot', () => {
  test('is nothing where it was told nothing', async () => {
    expect(await cloudInitOf('web', {})).toEqual({});
  });

  test('is a NoCloud seed', async () => {
    const flags = {
      user: 'ada',
      'ssh-key': [KEY],
      'password-secret': 'pw/hash',
      'cloud-init': await file('u', '#!/bin/sh\n'),
    };
    expect(await cloudInitOf('web', flags)).toEqual({
      cloudInit: {
        noCloud: {
          user: { name: 'ada', passwordSecretRef: { name: 'pw', key: 'hash' } },
          sshAuthorizedKeys: [KEY],
          userData: { inline: '#!/bin/sh\n' },
        },
      },
    });
  });

  test.each<[string, object, RegExp]>([
    ['a user that is none', { user: 'Ada Lovelace' }, /not the name of a user/],
    ['a Secret that is none', { 'password-secret': '../pw' }, /not a name that Kubernetes allows/],
    ['a key that is none', { 'ssh-key': ['ssh-rsa !!!'] }, /no SSH public key/],
    ['no file', { 'cloud-init': '/no/such/file' }, /cannot read/],
    ['a file too long for an object', { 'cloud-init': () => file('long', 'x'.repeat(10_000_000)) }, /10000000 bytes/],
    ['a file that is no text', { 'cloud-init': () => file('latin', Buffer.from([0xe9])) }, /not text in UTF-8/],
    ['broken YAML', { 'cloud-init': () => file('broken', '#cloud-config\na: [\n') }, /not valid YAML at line 3/],
  ])('is refused before the API is asked: %s', async (_what, flags, message) => {
    const made = Object.entries(flags).map(async ([name, value]) => [
      name,
      typeof value === 'function' ? await value() : value,
    ]);
    await expect(cloudInitOf('web', Object.fromEntries(await Promise.all(made)))).rejects.toThrow(message);
  });
});
