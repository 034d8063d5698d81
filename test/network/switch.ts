import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../e2e/until.ts';
import type { Namespace } from './namespace.ts';

const run = promisify(execFile);
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** An Open vSwitch of a test's own, with its datapath in user space. */
export interface Switch extends AsyncDisposable {
  /** Finds it. */
  readonly env: { readonly OVS_RUNDIR: string };
}

export async function startSwitch({ enter }: Namespace): Promise<Switch> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-ovs-'));
  const env = { OVS_RUNDIR: folder };
  const database = `unix:${join(folder, 'db.sock')}`;
  await run('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA]);
  const children: ChildProcess[] = [];
  const start = (...words: readonly string[]): void => {
    const [file = '', ...rest] = [...enter, ...words];
    children.push(spawn(file, rest, { stdio: 'ignore', cwd: folder, env: { ...process.env, ...env } }));
  };
  const control = (...words: readonly string[]) => run('ovs-vsctl', words, { env: { ...process.env, ...env } });
  start('ovsdb-server', join(folder, 'conf.db'), `--remote=punix:${join(folder, 'db.sock')}`);
  await until(
    () =>
      control('--no-wait', '--timeout=1', 'init').then(
        () => true,
        () => false,
      ),
    {
      limitMs: 10_000,
      what: () => 'the database of Open vSwitch',
    },
  );
  start('ovs-vswitchd', database, `--pidfile=${join(folder, 'ovs-vswitchd.pid')}`);
  return {
    env,
    [Symbol.asyncDispose]: async () => {
      for (const child of children.reverse()) {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
