import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, VMCTL } from '../e2e/cli-home.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-build-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const build = (...args: readonly string[]) =>
  run(VMCTL, ['image', 'build', ...args], {
    env: { ...process.env, HOME: folder, VMCTL_HOME: folder, KUBECONFIG: join(folder, 'none') },
  });

test.each([
  ['another distribution', ['alpine', '--output', 'x'], 'not a distribution'],
  ['a disk that is too small', ['debian', '--output', 'x', '--size', '100Mi'], 'from 1Gi to 2Ti'],
  [
    'a package that is an option',
    ['debian', '--output', 'x', '--package=--setup-hook=id'],
    'not the name of a package',
  ],
  ['a suite that is a path', ['debian', '--output', 'x', '--suite', '../../etc'], 'not a suite'],
])('%s is refused at once', async (_what, args, words) => {
  const { code, stderr } = await build(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('an image for an API that is not there is refused before it is built', async () => {
  const { code, stderr } = await build('debian');
  expect(code).not.toBe(0);
  expect(stderr).toContain('vmctl up');
});

test('a mirror that is not there is told in the words of apt, and leaves no file', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root builds images');
  const file = join(folder, 'disk.qcow2');
  const { code, stderr } = await build('debian', '--mirror', 'http://127.0.0.1:1/debian', '--output', file);
  expect(code).toBe(1);
  expect(stderr).toMatch(/mmdebstrap[\s\S]*said last/);
  await expect(stat(file)).rejects.toThrow();
});

test('an interrupted build leaves nothing behind', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root builds images');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  // Never answers: the build waits for its lists of packages until it is told to stop.
  const server = createServer(() => {});
  const asked = once(server, 'request');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const args = [
    'image',
    'build',
    'debian',
    '--mirror',
    `http://127.0.0.1:${port}/debian`,
    '--output',
    join(folder, 'never.qcow2'),
  ];
  const child = spawn(VMCTL, args, { env: { ...process.env, HOME: folder, TMPDIR: temporary }, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await asked;
  expect(await readdir(temporary)).not.toEqual([]);
  child.kill('SIGINT');
  const [code] = await ended;
  server.closeAllConnections();
  server.close();
  expect(code).toBe(1);
  expect((await readdir(temporary)).filter((name) => name.startsWith('vmctl-'))).toEqual([]);
});
