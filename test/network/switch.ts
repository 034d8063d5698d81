import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../e2e/until.ts';
import { endChild } from '../fixtures/end.ts';
import { type Namespace, networkState } from './namespace.ts';

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
      control('--no-wait', '--timeout=5', 'init').then(
        () => true,
        () => false,
      ),
    {
      limitMs: 60_000,
      what: () => 'the database of Open vSwitch',
    },
  );
  start('ovs-vswitchd', database, `--pidfile=${join(folder, 'ovs-vswitchd.pid')}`);
  return {
    env,
    [Symbol.asyncDispose]: async () => {
      for (const child of children.reverse()) await endChild(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is in a switch, and its devices on the host: it gives them new addresses each time. */
export async function switchState(host: Namespace, { env }: Switch): Promise<Record<string, unknown>> {
  const ask = (...words: readonly string[]) => host.run('env', `OVS_RUNDIR=${env.OVS_RUNDIR}`, ...words);
  const bridges = (await ask('ovs-vsctl', 'list-br')).split('\n').filter(Boolean);
  const inside = await Promise.all(
    bridges.map(async (bridge) => ({
      bridge,
      ports: (await ask('ovs-vsctl', 'list-ports', bridge)).split('\n').sort(),
      flows: (await ask('ovs-ofctl', '-O', 'OpenFlow15', '--no-stats', 'dump-flows', bridge)).split('\n').sort(),
    })),
  );
  const { links } = await networkState(host);
  return { inside, links: (links as object[]).map((link) => ({ ...link, address: undefined })) };
}
