import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findVirtiofsd } from '../../executor/host/helper-programs.ts';
import { flavourOf, virtiofsd } from '../../executor/qemu/helpers.ts';
import { ask, createLinux, importGuest } from '../network/host.ts';
import { condition, startExecutor, type TestExecutor } from './harness.ts';

const TYPE = 'VirtualMachine';
const why =
  process.getuid?.() !== 0 ? 'virtiofsd is root’s' : (await findVirtiofsd()) ? undefined : 'virtiofsd is not installed';
if (why) console.warn(`skipped: shared folders are not served here: ${why}`);

let executor: TestExecutor;
let folder = '';

beforeAll(async () => {
  if (why) return;
  executor = await startExecutor();
  // An executor on a cluster shares only what its administrator allows.
  folder = executor.importFolder;
  for (const name of ['open', 'closed']) await mkdir(join(folder, name));
  for (const name of ['open', 'closed']) await writeFile(join(folder, name, 'hello'), `from ${name}\n`);
  await importGuest(executor);
});

afterAll(() => executor?.[Symbol.asyncDispose]());

const share = (name: string, more: object = {}) => ({
  ...{ name, type: 'virtiofs', path: join(folder, name), tag: name },
  ...more,
});

test.skipIf(why)(
  'a guest mounts folders of its node over virtiofs; one that is only read cannot be written to',
  async () => {
    const filesystems = [share('open'), share('closed', { readOnly: true })];
    const memory = { backing: { source: 'Memfd', shared: true } };
    await createLinux(executor, 'shared', [], '', 1, { filesystems, memory });
    await executor.says('shared', 'vmctl-guest ready');
    const { status } = await executor.eventually(TYPE, 'shared', (it) => it?.status?.pid);
    expect(condition({ status } as never, 'SpecSupported')).toMatchObject({ status: 'True' });
    await ask(executor, 'shared', 'mkdir /o /c; mount -t virtiofs open /o; mount -t virtiofs closed /c');
    expect(await ask(executor, 'shared', 'cat /o/hello /c/hello')).toMatch(/from open\s+from closed/);
    expect(await ask(executor, 'shared', 'echo mine >/o/new && sync && echo written')).toBe('written');
    expect(await ask(executor, 'shared', 'echo mine >/c/new && echo written')).toMatch(/Read-only file system/);
    expect(await readFile(join(folder, 'open/new'), 'utf8')).toBe('mine\n');
    expect(existsSync(join(folder, 'closed/new'))).toBe(false);
    await writeFile(join(folder, 'closed/later'), 'the node itself may write');
    await executor.kubectl('delete', 'vm', 'shared', '--wait');
  },
);

test.skipIf(why)('a share without memory that can be shared is a condition that says so', async () => {
  await createLinux(executor, 'alone', [], '', 1, { filesystems: [share('open')] });
  const machine = await executor.eventually(
    TYPE,
    'alone',
    (it) => it && condition(it, 'Ready')?.reason === 'MemoryNotShared',
  );
  expect(condition(machine, 'Ready')?.message).toContain('spec.memory.backing.shared');
  await executor.kubectl('delete', 'vm', 'alone', '--wait');
});

test('either kind of virtiofsd is told in its own words', () => {
  expect([flavourOf('virtiofsd version 7.2.22 (Debian)'), flavourOf('virtiofsd 1.11.1')]).toEqual(['c', 'rust']);
  const one = share('open', { daemon: { cache: 'always', xattr: true, threadPool: 4 } });
  const words = (flavour: 'c' | 'rust') =>
    virtiofsd(one as never, 0, '/run', flavour)
      .argv.slice(1)
      .join(' ');
  expect(words('c')).toBe(`-o source=${join(folder, 'open')} -o cache=always -o xattr --thread-pool-size=4`);
  expect(words('rust')).toBe(`--shared-dir ${join(folder, 'open')} --cache always --xattr --thread-pool-size=4`);
  const locks = share('open', { daemon: { flock: true } });
  expect(() => virtiofsd(locks as never, 0, '/run', 'rust')).toThrow(/no locks/);
});
