import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXECUTORS, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { going, screenMachine, sshMachine } from '../e2e/access.ts';
import { run, VMCTL } from '../e2e/cli-home.ts';
import { until } from '../e2e/until.ts';
import { exchangeDatagram } from '../fixtures/echo.ts';
import { AGENT_SAID, AGENT_SCRIPT } from '../fixtures/guests/agent.ts';
import { noAddress } from './access/address.ts';
import { ask, clientOf, executorsCa, pairOf } from './access/direct.ts';
import { type Scene, startScene } from './access/scene.ts';
import { kubectl } from './answer.ts';

const missing = missingServers() ?? noAddress();
if (missing) console.warn(`skipped: ways into machines through a real API server: ${missing}`);

const GROUP = '/apis/subresources.vmctl.dev/v1alpha1';
const MACHINES = `${GROUP}/namespaces/default/virtualmachines`;
const rule = (subresource: string, verbs = ['get']) => ({
  apiGroups: ['subresources.vmctl.dev'],
  resources: [`virtualmachines/${subresource}`],
  verbs,
});

describe.skipIf(missing)('ways into machines with nothing reachable but the API server', () => {
  let scene: Scene;
  let key: string;
  beforeAll(async () => {
    scene = await startScene();
    key = join(scene.folder, 'id');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const admin = scene.person('admin');
    // Each machine is on another node, and the API server asks any executor.
    await screenMachine(admin, 'screen', { pool: 'pool-one', spec: { nodeName: 'one' } });
    const spec = { nodeName: 'two', channels: [{ name: 'agent', agent: {} }] };
    await sshMachine(admin, 'shell', `${key}.pub`, { pool: 'pool-two', spec });
  }, 300_000);
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  const vmctl = (...args: readonly string[]) => scene.person('admin').vmctl(...args);
  const ok = (...args: readonly string[]) => scene.person('admin').ok(...args);

  it('holds what was uploaded on the node of its pool', async () => {
    const nodeOf = async (image: string) => JSON.parse(await ok('get', 'vmi', image, '-o', 'json')).status.nodeName;
    expect(await Promise.all(['screen', 'kernel', 'initrd'].map(nodeOf))).toEqual(['one', 'two', 'two']);
  });

  it('connects a console, both ways', async () => {
    await using console = going(scene.person('admin'), 'console', 'shell', '--tail', '0');
    for (let typed = 0; typed < 3; typed += 1) {
      console.type('echo $((6*7))-$((2+3))\n');
      const seen = await console.line(/42-5/).catch(() => undefined);
      if (seen) break;
    }
    expect((await console.line(/42-5/))[0]).toBe('42-5');
  });

  it('runs a command by SSH and forwards a port, several times as any executor is asked', async () => {
    for (let times = 0; times < 3; times += 1) {
      const args = ['ssh', 'root@shell', '-i', key, '--', 'cat; exit 7'];
      const input = 'line\n'.repeat(20_000);
      const seen = await run(VMCTL, args, { env: scene.person('admin').env, input });
      expect([seen.code, seen.stdout === input, seen.stderr]).toEqual([7, true, expect.any(String)]);
    }
    await using forward = going(scene.person('admin'), 'port-forward', 'shell', ':22');
    const [, port] = await forward.line(/127\.0\.0\.1:(\d+)/);
    expect(await firstBytes(Number(port))).toMatch(/^SSH-2\.0-/);
  });

  it('forwards datagrams', async () => {
    await using forward = going(scene.person('admin'), 'port-forward', 'shell', ':9/udp');
    const [, port] = await forward.line(/:(\d+) -> 9\/udp/);
    expect(await exchangeDatagram(Number(port), 'ping')).toBe('ping');
  });

  it('asks the agent of a guest, with its right and not without', async () => {
    const start = 'cat >/agent; setsid sh /agent </dev/null >/dev/null 2>&1 &';
    const { env } = scene.person('admin');
    const started = await run(VMCTL, ['ssh', 'root@shell', '-i', key, '--', start], { env, input: AGENT_SCRIPT });
    expect(started).toMatchObject({ code: 0, stderr: '' });
    let said = '';
    const answers = async () => {
      const { code, stderr } = await vmctl('agent', 'ping', 'shell');
      said = stderr;
      return code === 0;
    };
    await until(answers, { limitMs: 60_000, what: () => `an agent that answers; it was ${said}` });
    expect(await vmctl('agent', 'exec', 'shell', '--', 'true')).toEqual({ ...AGENT_SAID, stderr: '' });
    expect(await vmctl('agent', 'fsfreeze', 'shell', 'status')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('the guest agent refused guest-fsfreeze-status: no'),
    });
    expect(await scene.person('alice').vmctl('agent', 'ping', 'shell')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('cannot create resource "virtualmachines/agent"'),
    });
  });

  it('shows what machines of all nodes use', async () => {
    const rows = (await ok('top', '--once', '--sort', 'name')).trimEnd().split('\n');
    expect(rows.slice(1).map((row) => row.split(/\s+/, 3))).toEqual(
      ['screen', 'shell'].map((name) => [name, 'Running', expect.stringMatching(/^\d+%$/)]),
    );
  });

  it('shows the screen and takes keys', async () => {
    const file = join(scene.folder, 'screen.png');
    await ok('screenshot', 'screen', file);
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG');
    await ok('sendkey', 'screen', 'a');
    await using proxy = going(scene.person('admin'), 'vnc', 'screen', '--proxy-only');
    const [, port] = await proxy.line(/127\.0\.0\.1:(\d+)/);
    expect(await firstBytes(Number(port))).toBe('RFB 003.008\n');
  });

  it('brings what a machine’s own node says against a request', async () => {
    expect(await vmctl('agent', 'ping', 'screen')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('the machine screen has no channel for a guest agent'),
    });
    expect(await vmctl('screenshot', 'nobody', '-')).toMatchObject({ code: 3 });
  });

  it('exports a snapshot', async () => {
    await ok('snapshot', 'create', 'screen', 'before', '--wait');
    const folder = join(scene.folder, 'export');
    await ok('snapshot', 'export', 'before', folder, '--format', 'raw');
    const exported = await stat(join(folder, 'root.raw'));
    const image = await stat(join(scene.folder, 'screen.raw'));
    expect(exported.size).toBe(image.size);
  });

  it('lets RBAC decide about each way by itself', async () => {
    const alice = scene.person('alice');
    const refused = { code: 5, stderr: expect.stringContaining('cannot get resource "virtualmachines/screenshot"') };
    expect(await alice.vmctl('screenshot', 'screen', '-')).toMatchObject(refused);
    expect((await alice.vmctl('console', 'screen')).code).toBe(5);
    await scene.allow('alice', [rule('console'), rule('log')]);
    await using console = going(alice, 'console', 'screen', '--tail', '50');
    await console.line(/vmctl-guest ready/);
    expect(await alice.ok('logs', 'screen')).toContain('vmctl-guest ready');
    expect(await alice.vmctl('screenshot', 'screen', '-')).toMatchObject(refused);
    const can = (verb: string, resource: string) =>
      kubectl(scene.person('alice').env['KUBECONFIG'] ?? '', [
        'auth',
        'can-i',
        verb,
        `${resource}.subresources.vmctl.dev`,
        '--subresource',
        'console',
      ]);
    expect((await can('get', 'virtualmachines')).body).toMatchObject({ stdout: expect.stringContaining('yes') });
  });

  it('is named by kubectl in roles', async () => {
    const words = ['create', 'role', 'see', '--verb', 'get', '--dry-run=client', '-o', 'json'];
    const resource = 'virtualmachines.subresources.vmctl.dev/console';
    const { body } = await kubectl(scene.cluster.core.kubeconfig, [...words, '--resource', resource]);
    expect(body).toMatchObject({ stdout: { rules: [rule('console')] } });
  });

  it('is discovered like any other API', async () => {
    const { body } = await scene.send({ path: GROUP });
    const names = (body as { resources: { name: string }[] }).resources.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'virtualmachines/console',
        'virtualmachineimages/upload',
        'virtualmachinesnapshots/export',
      ]),
    );
    const all = await kubectl(scene.cluster.core.kubeconfig, ['get', 'virtualmachines', '-o', 'name']);
    expect(all.body).toMatchObject({ stdout: expect.stringContaining('virtualmachine.vmctl.dev/screen') });
  });

  describe('an executor that is asked without the API server', () => {
    const path = `${MACHINES}/screen/log`;
    const as = (user: string, group: string) => ({ 'x-remote-user': user, 'x-remote-group': [group] });
    const masters = as('somebody', 'system:masters');

    it('believes the API server’s word for who asks, and asks whether he may', async () => {
      const client = pairOf(scene, 'front-proxy-client');
      for (const node of ['one', 'two']) {
        const seen = await ask(scene, node, { path, client, headers: masters });
        expect(seen).toMatchObject({ status: 200, body: expect.stringContaining('vmctl-guest ready') });
        const refused = await ask(scene, node, { path, client, headers: as('bob', 'system:authenticated') });
        expect(refused.status).toBe(403);
        expect(JSON.parse(refused.body)).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
        expect((await ask(scene, node, { path, client })).status).toBe(401);
      }
    });

    it('believes nobody else', async () => {
      const frontProxy = pairOf(scene, 'front-proxy-ca');
      const shared = await executorsCa(scene);
      const strangers = [
        undefined,
        clientOf(pairOf(scene, 'ca'), 'kubernetes-admin', 'system:masters'),
        clientOf(frontProxy, 'another-name'),
        clientOf(shared, 'one'),
        clientOf(clientOf(shared, 'one', EXECUTORS), 'front-proxy-client', EXECUTORS),
      ];
      for (const client of strangers) {
        const seen = await ask(scene, 'one', { path, headers: masters, ...(client && { client }) });
        expect(seen.status).toBe(401);
      }
    });

    it('believes other executors, and sends nothing on that came from one', async () => {
      const client = clientOf(await executorsCa(scene), 'two', EXECUTORS);
      expect((await ask(scene, 'one', { path, client, headers: masters })).status).toBe(200);
      expect((await ask(scene, 'one', { path, client, headers: as('bob', 'system:authenticated') })).status).toBe(403);
      const elsewhere = await ask(scene, 'one', { path: `${MACHINES}/shell/log`, client, headers: masters });
      expect(elsewhere).toMatchObject({ status: 503, body: expect.stringContaining('has just moved to two') });
    });
  });

  it('goes on without an executor that has ended, and says what is out of reach', async () => {
    // One whose streams are open ends all the same.
    await using open = going(scene.person('admin'), 'console', 'shell', '--tail', '100');
    await open.line(/ready/);
    await scene.executors[1]?.stop();
    const endpoints = async () =>
      (
        (await scene.send({ path: `/api/v1/namespaces/${SYSTEM_NAMESPACE}/endpoints/vmctl-api` })).body as {
          subsets: { addresses: { nodeName: string }[] }[];
        }
      ).subsets.flatMap(({ addresses }) => addresses.map(({ nodeName }) => nodeName));
    expect(await endpoints()).toEqual(['one']);
    expect(await vmctl('logs', 'screen')).toMatchObject({ code: 0 });
    expect(await vmctl('logs', 'shell')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('the executor of the node two serves no ways into machines'),
    });
  });
});

const firstBytes = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').once('error', reject);
    socket.setTimeout(60_000, () => socket.destroy(new Error(`nothing came from ${port}`)));
    socket.once('close', () => reject(new Error(`${port} was closed before anything came`)));
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
  });
