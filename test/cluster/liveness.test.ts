import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORCED } from '../../executor/kinds/virtualmachine/plan-stop.ts';
import { readWriter } from '../../executor/storage/volume/writer.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { run, VMCTL } from '../e2e/cli-home.ts';
import { kubectl } from './answer.ts';
import { DISK, type Hosts, startHosts, whyNoHosts, writer } from './hosts/scene.ts';
import { wait } from './placing.ts';

const missing = await whyNoHosts();
if (missing) console.warn(`skipped: hosts on a control plane: ${missing}`);

const LIMIT_MS = 90_000;
const ready = ({ status }: VirtualMachine) => status?.conditions?.find(({ type }) => type === 'Ready');

describe.skipIf(missing)('machines of several hosts', () => {
  let scene: Hosts;
  beforeAll(async () => {
    scene = await startHosts(['a', 'b']);
    await scene.plane.create('VirtualMachine', 'web', writer());
  }, 240_000);
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  const until = (holds: (machine: VirtualMachine) => unknown) => scene.plane.until('web', holds, LIMIT_MS);
  const runs = (on?: string) =>
    until(
      ({ status, spec }) =>
        status?.powerState === 'Running' && status.nodeName === spec.nodeName && (!on || spec.nodeName === on),
    );
  const other = (name: string | undefined) => (name === 'a' ? 'b' : 'a');
  const set = (spec: object) => scene.plane.patch('VirtualMachine', 'web', { spec });
  const highest = () => Math.max(0, ...scene.written());
  const goesOn = async () => {
    const before = highest();
    await wait(
      async () => highest(),
      (now) => now > before,
    );
  };
  const told = async () => {
    const { body } = await kubectl(scene.plane.cluster.kubeconfig, ['get', 'events', '-o', 'json']);
    type Event = { reason: string; message: string; involvedObject: { name: string } };
    const { items } = (body as unknown as { stdout: { items: Event[] } }).stdout;
    return items.filter(({ involvedObject }) => involvedObject.name === 'web');
  };
  const reasons = async () => (await told()).map(({ reason }) => reason);
  const tool = async (...words: string[]) => {
    const answer = await kubectl(scene.plane.cluster.kubeconfig, words);
    expect(answer.status, JSON.stringify(answer.body)).toBe(0);
  };

  it('are placed and run, with the disk that all hosts see', async () => {
    const { spec, metadata } = await runs();
    await goesOn();
    expect(scene.qemus(metadata.uid ?? '')).toHaveLength(1);
    const record = await readWriter(`${scene.pool}/disks/default/${DISK}.raw`);
    expect(record).toMatchObject({ node: spec.nodeName, machine: { name: 'web' } });
  });

  it('go on being placed when the leader dies: another executor takes over', async () => {
    const first = await wait(scene.leader, (name) => name);
    await scene.host(first).kill();
    await wait(scene.leader, (name) => name === other(first));
    await scene.plane.create('VirtualMachine', 'small', writer({ disks: [] }));
    const { spec } = await scene.plane.until('small', (machine) => machine.spec.nodeName !== undefined, LIMIT_MS);
    expect(['a', 'b']).toContain(spec.nodeName);
    await scene.host(first).start();
    await scene.plane.remove('VirtualMachine', 'small');
    await wait(
      () => scene.plane.machine('small'),
      (machine) => machine === undefined,
      LIMIT_MS,
    );
    await runs();
  });

  it('give back what they reserved when they are stopped, and start where there is room', async () => {
    const { spec } = await runs();
    await set({ powerState: 'Stopped' });
    const off = await until(({ metadata }) => metadata.annotations?.['vmctl.dev/reservation'] === 'Released');
    expect(off.spec.nodeName).toBe(spec.nodeName);
    await wait(
      () => scene.plane.pod(off),
      (pod) => pod === undefined,
    );
    await tool('cordon', spec.nodeName ?? '');
    const before = highest();
    await set({ powerState: 'Running' });
    await runs(other(spec.nodeName));
    await wait(
      async () => highest(),
      (now) => now > before,
    );
    await tool('uncordon', spec.nodeName ?? '');
  });

  it('are shut down in order by a drain, and go on elsewhere', async () => {
    const { spec } = await runs();
    await tool('drain', spec.nodeName ?? '', '--ignore-daemonsets', '--timeout=90s');
    // The drain has waited until the node let go of the machine …
    expect((await scene.plane.machine('web'))?.status?.nodeName).not.toBe(spec.nodeName);
    // … and the node until the time of this deaf guest was over.
    await wait(told, (events) => events.some(({ reason, message }) => reason === 'Evicted' && message === FORCED));
    const moved = await runs(other(spec.nodeName));
    await goesOn();
    expect(scene.qemus(moved.metadata.uid ?? '')).toHaveLength(1);
    expect(await reasons()).toEqual(expect.arrayContaining(['Stopping', 'Evicted', 'Left', 'Scheduled', 'Started']));
    await tool('uncordon', spec.nodeName ?? '');
  });

  it('are Unknown while their executor is dead, and nothing more', async () => {
    const before = await runs();
    const host = scene.host(before.spec.nodeName);
    await host.kill();
    const lost = await until(({ status }) => status?.powerState === 'Unknown');
    expect(ready(lost)).toMatchObject({ status: 'Unknown', reason: 'NodeLost' });
    expect(lost.spec).toEqual(before.spec);
    expect(scene.qemus(before.metadata.uid ?? '')).toHaveLength(1);
    await goesOn();
    await host.start();
    const back = await runs();
    expect(back.status?.pid).toBe(before.status?.pid);
    expect(back.status?.startedAt).toBe(before.status?.startedAt);
  });

  it('start elsewhere once their node is fenced, and not before', async () => {
    const { spec, metadata } = await runs();
    const dead = spec.nodeName ?? '';
    await scene.host(dead).cut(true);
    await until(({ status }) => status?.powerState === 'Unknown');
    expect(scene.qemus(metadata.uid ?? '')).toHaveLength(1);
    expect((await scene.plane.machine('web'))?.spec.nodeName).toBe(dead);
    const plugins = join(scene.pool, '..', 'fence.json');
    writeFileSync(plugins, JSON.stringify({ nodes: { [dead]: ['kill', '-KILL', String(scene.host(dead).init)] } }));
    const env = { ...process.env, KUBECONFIG: scene.plane.cluster.kubeconfig };
    const fenced = await run(VMCTL, ['node', 'fence', dead, '--plugin', plugins], { env });
    expect(fenced).toMatchObject({ code: 0, stdout: `node/${dead} fenced\n` });
    await runs(other(dead));
    expect(scene.qemus(metadata.uid ?? '')).toHaveLength(1);
    await goesOn();
    const record = await readWriter(`${scene.pool}/disks/default/${DISK}.raw`);
    expect(record?.node).toBe(other(dead));
    await scene.host(dead).cut(false);
    await scene.host(dead).boot();
    await scene.host(dead).start();
    expect(await run(VMCTL, ['node', 'unfence', dead], { env })).toMatchObject({ code: 0 });
    await runs(other(dead));
    expect(await readWriter(`${scene.pool}/disks/default/${DISK}.raw`)).toEqual(record);
  });

  it('are stopped by a node that lost its lease, where their policy says so', async () => {
    await set({ leaseLostPolicy: 'Stop' });
    // The executor has to have heard of it before nothing reaches it any more.
    await until(({ status, metadata: { generation } }) => status?.observedGeneration === generation);
    const { spec, metadata } = await runs();
    const host = scene.host(spec.nodeName);
    await host.cut(true);
    await wait(
      async () => scene.qemus(metadata.uid ?? ''),
      (found) => found.length === 0,
      LIMIT_MS,
    );
    await until(({ status }) => status?.powerState === 'Unknown');
    await host.cut(false);
    const back = await runs(spec.nodeName);
    expect(back.status?.lastStop?.reason).toBe('LeaseLost');
    await goesOn();
  });
});
