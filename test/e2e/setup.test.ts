import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const SETUP = join(import.meta.dirname, '..', '..', 'scripts', 'setup.sh');

/** The few programs that the script itself needs, so that what else is missing can be chosen. */
const TOOLS = ['sh', 'id', 'sort', 'tr', 'sed', 'printf', 'dirname', 'mktemp', 'tail', 'rm'];

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'vmctl-setup-'));
  for (const tool of TOOLS) {
    const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
    if (stdout.startsWith('/')) await symlink(stdout.trim(), join(bin, tool));
  }
});
afterEach(() => rm(bin, { recursive: true, force: true }));

const setup = (script: string) =>
  run(join(bin, 'sh'), ['-c', `root=/nonexistent; . '${SETUP}'; ${script}`], { env: { PATH: bin } }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test('without apt, exactly the missing packages are named, once each, with what to run', async () => {
  const { code, stderr } = await setup(
    'install_host_packages qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils qemu-nbd=qemu-utils sh=dash',
  );
  expect(code).toBe(1);
  expect(stderr).toContain('these packages are missing: qemu-system-x86 qemu-utils\n');
  expect(stderr).toContain('apt-get install --no-install-recommends qemu-system-x86 qemu-utils');
  expect(stderr).not.toContain('dash');
});

test('what is there is not asked for', async () => {
  expect(await setup('install_host_packages sh=dash && say done')).toMatchObject({ code: 0, stdout: 'done\n' });
});

test('without npm it says what to install', async () => {
  const { code, stderr } = await setup('install_npm_packages');
  expect(code).toBe(1);
  expect(stderr).toContain('npm is missing');
});
