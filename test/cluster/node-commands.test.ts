import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renewToken } from '../../executor/daemon/token.ts';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { createClient } from '../../schemas/client/client.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { type Result, run, VMCTL } from '../e2e/cli-home.ts';
import { until } from '../e2e/until.ts';
import { endProcess } from '../fixtures/end.ts';
import { type SshServer, sshServer } from '../fixtures/sshd.ts';
import { installOnCore } from './access/install.ts';
import { send } from './answer.ts';
import { type Cluster, startCluster } from './servers.ts';

const missing =
  missingServers() ??
  (existsSync('/usr/sbin/sshd') ? undefined : 'there is no sshd here') ??
  (process.getuid?.() === 0 ? undefined : 'only root may log in as root');
if (missing) console.warn(`skipped: nodes that are added over SSH: ${missing}`);

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/vmctl-system/leases/three';
const ACCOUNT = '/api/v1/namespaces/vmctl-system/serviceaccounts/executor-three';
const MACHINES = '/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines';

describe.skipIf(missing)('a node that is added over SSH', () => {
  let cluster: Cluster;
  let host: SshServer;
  let folder: string;
  let home: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vmctl-node-'));
    await chmod(folder, 0o755);
    home = join(folder, 'home');
    [cluster, host] = await Promise.all([startCluster({ crdServer: false }), sshServer({})]);
    await installOnCore(cluster);
  }, 180_000);
  afterAll(async () => {
    for (const pid of [executorPid(), ...qemuPids()]) if (pid !== undefined) endProcess(pid);
    await host?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const node = (...args: string[]): Promise<Result> => {
    const env = { ...process.env, HOME: folder, KUBECONFIG: cluster.core.kubeconfig };
    return run(VMCTL, ['node', ...args], { env });
  };
  const where = () => ['-i', host.keyFile, '--directory', join(folder, 'opt'), '--home', home];
  const add = (...more: string[]): Promise<Result> =>
    node('add', `root@127.0.0.1:${host.port}`, '--name', 'three', '--argument=--port=0', ...where(), ...more);
  const executorPid = (): number | undefined => {
    const file = join(home, 'executor.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  };
  const qemuPids = (): number[] =>
    [...findQemus().values()].filter(({ argv }) => argv.some((word) => word.includes(home))).map(({ pid }) => pid);
  const powerState = async () => {
    const { body } = await send(cluster.core, { path: `${MACHINES}/web` });
    return (body as { status?: { powerState?: string } }).status?.powerState;
  };
  const status = async (path: string) => (await send(cluster.core, { path })).status;

  it('is planned without anything being touched', async () => {
    const plan = await add('--dry-run');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('three: would copy the program') });
    expect(plan.stdout.trim().split('\n').at(-1)).toBe('node/three to be configured (dry run)');
    expect([existsSync(join(folder, 'opt')), await status(ACCOUNT)]).toEqual([false, 404]);
  });

  it('is copied to, given a credential, started, and reports', async () => {
    const { code, stdout, stderr } = await add();
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'node/three configured\n' });
    expect(stderr).toMatch(/three: copy the program\n(.*\n)*three: waiting until its executor reports/);
    expect(await status(LEASE)).toBe(200);
    expect(readlinkSync(`/proc/${executorPid()}/exe`)).toContain(join(folder, 'opt/releases'));
    const secret = readFileSync(join(folder, 'opt/token'), 'utf8').trim();
    expect(secret.split('.')).toHaveLength(3);
    const words = readFileSync(`/proc/${executorPid()}/cmdline`, 'utf8');
    expect([words.includes(secret), stderr.includes(secret)]).toEqual([false, false]);
    const [head, row] = (await node('list')).stdout.split('\n');
    expect(head?.split(/\s{2,}/).slice(0, 4)).toEqual(['NAME', 'READY', 'VERSION', 'MACHINES']);
    expect(row?.split(/\s{2,}/).slice(0, 4)).toEqual(['three', 'True', '0.1.0', '0/0']);
  });

  it('is left as it is by a second time', async () => {
    const pid = executorPid();
    expect(await add()).toMatchObject({ code: 0, stdout: 'node/three unchanged\n' });
    expect(executorPid()).toBe(pid);
    expect(readdirSync(join(folder, 'opt/releases'))).toHaveLength(1);
  });

  it('renews its own token, and no other', async () => {
    const file = join(folder, 'opt/token');
    const before = readFileSync(file, 'utf8');
    const ca = readFileSync(join(folder, 'opt/ca.crt'));
    const headers = async () => ({ authorization: `Bearer ${before.trim()}` });
    const client = createClient(createTransport({ url: cluster.core.url, tls: { ca }, headers }));
    expect(await renewToken(client, 'three', file)).toBe(false);
    expect(await renewToken(client, 'four', file, Date.now() + 20 * 86_400_000)).toBe(false);
    expect(await renewToken(client, 'three', file, Date.now() + 20 * 86_400_000)).toBe(true);
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    client.transport.close();
    await cluster.core.transport.open({ method: 'GET', path: LEASE }).then((answer) => answer.resume());
  });

  it('is upgraded while its guests go on', async () => {
    const spec = { nodeName: 'three', memory: { size: '32Mi' }, disks: [], interfaces: [], stop: { method: 'Force' } };
    const machine = { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine', metadata: { name: 'web' }, spec };
    const made = await send(cluster.core, { method: 'POST', path: MACHINES, body: machine });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await until(async () => (await powerState()) === 'Running', { limitMs: 90_000, what: () => 'a guest' });
    const [before, guests] = [executorPid(), qemuPids()];
    const changed = await add('--argument=--console-log-bytes=65536');
    expect(changed).toMatchObject({ code: 0, stdout: 'node/three configured\n' });
    expect(changed.stderr).toContain('three: restart the executor; guests go on');
    expect(changed.stderr).not.toContain('copy the program');
    expect(executorPid()).not.toBe(before);
    expect(qemuPids()).toEqual(guests);
  });

  it('is cordoned and let again', async () => {
    expect((await node('cordon', 'three')).stdout).toBe('node/three cordoned\n');
    expect((await node('cordon', 'three')).stdout).toBe('node/three already cordoned\n');
    expect((await node('list')).stdout).toMatch(/^three .* yes$/m);
    expect((await node('uncordon', 'three')).stdout).toBe('node/three uncordoned\n');
    expect((await node('list')).stdout).toMatch(/^three .* no$/m);
    expect(await node('cordon', 'nobody')).toMatchObject({ code: 3 });
  });

  it('is not removed while machines are bound, and drained by shutting them down for good', async () => {
    expect(await node('remove', 'three')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('machines are bound to three: default/web'),
    });
    expect((await node('drain', 'three', '--dry-run')).stdout).toBe('default/web is stopped\n');
    const drained = await node('drain', 'three');
    expect(drained, drained.stderr).toMatchObject({ code: 0, stdout: 'default/web is stopped\nnode/three drained\n' });
    expect(drained.stderr).toMatch(/web: Stopped/);
    expect(qemuPids()).toEqual([]);
    expect((await send(cluster.core, { path: `${MACHINES}/web` })).body).toMatchObject({
      spec: { powerState: 'Stopped' },
    });
    expect((await node('list')).stdout).toMatch(/^three .* yes$/m);
  });

  it('is removed with its credential', async () => {
    await send(cluster.core, { method: 'DELETE', path: `${MACHINES}/web` });
    await until(async () => (await status(`${MACHINES}/web`)) === 404, { limitMs: 60_000, what: () => 'no machine' });
    const [pid, word] = [executorPid(), readFileSync(join(folder, 'opt/token'), 'utf8').trim()];
    const removed = await node('remove', 'three', '--host', `root@127.0.0.1:${host.port}`, ...where());
    expect(removed, removed.stderr).toMatchObject({ code: 0, stdout: 'node/three removed\n' });
    // Its parent is the first process of this system, which may take a moment to hear of its end.
    await until(() => !existsSync(`/proc/${pid}`), { limitMs: 60_000, what: () => 'the end of the executor' });
    expect(existsSync(join(folder, 'opt/token'))).toBe(false);
    expect(await Promise.all([LEASE, ACCOUNT, '/api/v1/nodes/three'].map(status))).toEqual([404, 404, 404]);
    const tls = { ca: readFileSync(join(folder, 'opt/ca.crt')) };
    const transport = createTransport({
      url: cluster.core.url,
      tls,
      headers: async () => ({ authorization: `Bearer ${word}` }),
    });
    const code = async () => (await transport.open({ method: 'GET', path: LEASE })).resume().statusCode;
    // The API server believes a token for ten seconds after it has looked at it.
    await until(async () => (await code()) === 401, { limitMs: 60_000, what: () => 'a token that is refused' });
    transport.close();
  });
});
