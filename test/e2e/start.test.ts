import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './until.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-start-'));
  await chmod(folder, 0o711);
  env = { ...process.env, HOME: folder, VMCTL_HOME: join(folder, 'home'), KUBECONFIG: join(folder, 'kubeconfig') };
});
afterAll(async () => {
  await run(join(ROOT, 'bin/vmctl'), ['down', '--purge', '--yes'], { env });
  await rm(folder, { recursive: true, force: true });
});

const start = async (): Promise<string> => {
  const { stdout } = await run('sh', [join(ROOT, 'scripts/start.sh')], {
    env,
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
};

test('npm start boots a machine, takes a snapshot, changes the disk, reverts, and ends with a table and three commands', async () => {
  const told = await start();
  const inOrder = [
    'Linux version',
    'vmctl-guest ready',
    'on disk: before',
    'demo-before created',
    'on disk: after',
    'on disk: before',
  ];
  let from = 0;
  for (const words of inOrder) {
    const found = told.indexOf(words, from);
    expect(found, `"${words}" after ${from} in:\n${told}`).toBeGreaterThanOrEqual(from);
    from = found + words.length;
  }
  const end = told.slice(told.indexOf('What there is now'));
  for (const name of ['virtualmachine.vmctl.dev/demo', 'demo-data', 'demo-before', 'demo-kernel', 'default']) {
    expect(end).toContain(name);
  }
  expect(end.slice(end.indexOf('Try next')).match(/^bin\/vmctl /gm)).toHaveLength(3);
});

test('run again it changes nothing', async () => {
  const { stdout: before } = await run(
    'kubectl',
    ['get', 'vm', 'demo', '-o', 'jsonpath={.status.pid} {.metadata.generation}'],
    { env },
  );
  expect(await start()).toContain('nothing was changed');
  const { stdout: after } = await run(
    'kubectl',
    ['get', 'vm', 'demo', '-o', 'jsonpath={.status.pid} {.metadata.generation}'],
    { env },
  );
  expect(after).toBe(before);
});

test('down --purge removes all that it made', async () => {
  const { stdout: pid } = await run('kubectl', ['get', 'vm', 'demo', '-o', 'jsonpath={.status.pid}'], { env });
  await run(join(ROOT, 'bin/vmctl'), ['down', '--purge', '--yes'], { env });
  await expect(stat(join(folder, 'home'))).rejects.toThrow('ENOENT');
  // Whoever collects it may take a moment.
  await until(() => !existsSync(`/proc/${pid}`), { limitMs: 60_000, what: () => `the end of qemu (process ${pid})` });
  expect(await readFile(join(folder, 'kubeconfig'), 'utf8').catch(() => '')).not.toContain('vmctl');
});
