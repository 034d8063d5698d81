import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  applySnapshot,
  backingChain,
  convertArguments,
  convertVolume,
  createArguments,
  createVolume,
  deleteSnapshot,
  inspectVolume,
  resizeVolume,
  runQemuImg,
  snapshotArguments,
  takeSnapshot,
} from '../../executor/storage/qemu-img/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-img-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every format is named', () => {
  const base = { path: '/p/base.raw', format: 'raw' } as const;
  expect(createArguments({ path: '/p/a.qcow2', format: 'qcow2', backing: base, size: 1024n })).toEqual([
    ...['create', '-q', '-f', 'qcow2', '-b', '/p/base.raw', '-F', 'raw', '/p/a.qcow2', '1024'],
  ]);
  expect(createArguments({ path: '/p/a.raw', format: 'raw', size: 512n, preallocation: 'Falloc' })).toEqual([
    ...['create', '-q', '-f', 'raw', '-o', 'preallocation=falloc', '/p/a.raw', '512'],
  ]);
  expect(convertArguments({ from: base, to: { path: '/p/b', format: 'qcow2' }, snapshot: 'tag' })).toEqual([
    ...['convert', '-p', '-f', 'raw', '-O', 'qcow2', '-l', 'snapshot.name=tag', '/p/base.raw', '/p/b'],
  ]);
  expect(snapshotArguments('-c', 'tag', '/p/a,b')).toEqual([
    ...['snapshot', '-q', '-c', 'tag', '--image-opts', 'driver=qcow2,file.driver=file,file.filename=/p/a,,b'],
  ]);
});

test.each(['plain', 'a,b=c', 'nbd:host', 'json:{}', 'it\'s 100% "odd"', 'ümlaut', '-f'])(
  'a folder called %s works through every command',
  async (name) => {
    const home = join(folder, name);
    mkdirSync(home);
    const [path, base, copy] = ['overlay.qcow2', 'base.raw', 'copy.raw'].map((file) => join(home, file)) as [
      string,
      string,
      string,
    ];
    writeFileSync(base, Buffer.alloc(1024 ** 2, 7));
    await createVolume({ path, format: 'qcow2', backing: { path: base, format: 'raw' } });
    await takeSnapshot(path, 'one');
    await resizeVolume({ path, format: 'qcow2' }, 2n * 1024n ** 2n);
    const info = await inspectVolume({ path, format: 'qcow2' });
    expect(info).toMatchObject({ 'virtual-size': 2 * 1024 ** 2, snapshots: [{ name: 'one' }] });
    expect(await backingChain({ path, format: 'qcow2' })).toEqual([base]);
    await applySnapshot(path, 'one');
    expect((await inspectVolume({ path, format: 'qcow2' }))['virtual-size']).toBe(1024 ** 2);
    const percents: number[] = [];
    await convertVolume(
      { from: { path, format: 'qcow2' }, to: { path: copy, format: 'raw' }, snapshot: 'one' },
      { onProgress: (percent) => percents.push(percent) },
    );
    expect(readFileSync(copy).equals(readFileSync(base))).toBe(true);
    expect(percents.at(-1)).toBe(100);
    await deleteSnapshot(path, 'one');
    expect((await inspectVolume({ path, format: 'qcow2' })).snapshots).toBeUndefined();
  },
);

test('a failure is a sentence with the file, the reason and what to do', async () => {
  const path = join(folder, 'missing', 'a.qcow2');
  await expect(createVolume({ path, format: 'qcow2', size: 1024n })).rejects.toMatchObject({
    name: 'QemuImgError',
    code: 'Missing',
    message: expect.stringMatching(
      new RegExp(`^qemu-img could not create ${path}: .*No such file or directory: put the file back`),
    ),
  });
});

test('a volume that another process has open is told apart', async () => {
  const path = join(folder, 'busy.qcow2');
  await createVolume({ path, format: 'qcow2', size: 1024n ** 2n });
  const qemu = spawn('qemu-io', ['-f', 'qcow2', path], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(qemu.stdout, 'data');
  try {
    await expect(takeSnapshot(path, 'x')).rejects.toMatchObject({ code: 'InUse' });
    expect((await inspectVolume({ path, format: 'qcow2' }))['virtual-size']).toBe(1024 ** 2);
  } finally {
    qemu.stdin.end();
    await once(qemu, 'exit');
  }
});

test('it is bound in time, and stops when it is not wanted any more', async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await expect(runQemuImg(['info', '-f', 'raw', fifo], { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TimedOut' });
  const reason = new Error('deleted');
  const running = runQemuImg(['info', '-f', 'raw', fifo], { signal: AbortSignal.any([AbortSignal.abort(reason)]) });
  await expect(running).rejects.toBe(reason);
  const later = new AbortController();
  const started = runQemuImg(['info', '-f', 'raw', fifo], { signal: later.signal });
  setTimeout(() => later.abort(reason), 100);
  await expect(started).rejects.toBe(reason);
});

test('it is bound in memory', async () => {
  const limits = await runQemuImg(['--version']);
  expect(limits).toContain('qemu-img version');
  const fifo = join(folder, 'fifo-memory');
  execFileSync('mkfifo', [fifo]);
  const abort = new AbortController();
  const running = runQemuImg(['info', '-f', 'raw', fifo], { signal: abort.signal }).catch(() => {});
  await expect.poll(() => limitsOf(fifo)).toMatch(/Max address space +2147483648 +2147483648/);
  abort.abort();
  await running;
});

/** The limits of the qemu-img that has a file among its arguments. */
function limitsOf(argument: string): string {
  const found = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .find((line) => /^\s*[0-9]+ qemu-img /.test(line) && line.includes(argument));
  return found ? readFileSync(`/proc/${Number.parseInt(found, 10)}/limits`, 'utf8') : '';
}

test('it dies with the executor', async () => {
  const fifo = join(folder, 'fifo-orphan');
  execFileSync('mkfifo', [fifo]);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'orphan.ts'), fifo], { stdio: 'ignore' });
  await expect.poll(() => limitsOf(fifo)).not.toBe('');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(() => limitsOf(fifo)).toBe('');
  expect(existsSync(fifo)).toBe(true);
});
