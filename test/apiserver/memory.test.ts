import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { askSocket, readYaml, tempDir } from './fixtures/server.ts';

const dir = tempDir();
let child: ChildProcess | undefined;
afterAll(async () => {
  const closed = child && once(child, 'close');
  child?.kill('SIGKILL');
  await closed;
  rmSync(dir, { recursive: true, force: true });
});

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const crds = readYaml(fromHere('../../yamls/crds.yaml'));
const path = '/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines';

/** The flags that bin/vm-executor runs Node with. */
function launcherFlags(): string[] {
  const launcher = readFileSync(fromHere('../../bin/vm-executor'), 'utf8');
  const flags = /^flags="(.*)"$/m.exec(launcher)?.[1];
  if (flags === undefined) throw new Error('bin/vm-executor names no flags');
  return flags.split(' ');
}

/** Runs the server bundled and with the daemon's flags, since both decide what it takes. */
async function startBundle(): Promise<{ socketPath: string; pid: number }> {
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const shape = { bundle: true, splitting: true, platform: 'node', format: 'esm', banner } as const;
  const outExtension = { '.js': '.mjs' };
  await build({ ...shape, outExtension, entryPoints: [fromHere('fixtures/serve.ts')], outdir: dir, logLevel: 'error' });
  writeFileSync(join(dir, 'crds.json'), JSON.stringify(crds));
  const args = [...launcherFlags(), '--disable-warning=ExperimentalWarning', join(dir, 'serve.mjs')];
  child = spawn(process.execPath, [...args, join(dir, 'api'), join(dir, 'crds.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return JSON.parse(line);
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test('with a thousand machines, listed and watched, the server stays under 100 MiB', async () => {
  const { socketPath, pid } = await startBundle();
  const [example] = readYaml(fromHere('../../yamls/examples/virtualmachine.yaml')).filter(
    (o) => o.kind === 'VirtualMachine',
  );
  const mergePatch = { 'content-type': 'application/merge-patch+json' };
  const status = { status: { powerState: 'Running', conditions: [] } };
  const write = async (i: number) => {
    const metadata = { name: `vm-${i}`, labels: { group: String(i % 10) } };
    const created = await askSocket(socketPath, 'POST', path, { ...example, metadata });
    expect([created.code, created.body.message]).toEqual([201, undefined]);
    await askSocket(socketPath, 'PATCH', `${path}/vm-${i}/status`, status, mergePatch);
  };
  for (let i = 0; i < 1000; i += 8) await Promise.all(Array.from({ length: 8 }, (_, j) => write(i + j)));
  const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
  for (let round = 0; round < 5; round++) {
    expect((await askSocket(socketPath, 'GET', path)).body.items).toHaveLength(1000);
    expect((await askSocket(socketPath, 'GET', path, undefined, table)).body.rows).toHaveLength(1000);
    const selected = await askSocket(socketPath, 'GET', `${path}?labelSelector=group%3D3&watch=1&timeoutSeconds=1`);
    expect(selected.text.trim().split('\n')).toHaveLength(100);
  }
  expect(residentMiB(pid)).toBeLessThan(100);
});
