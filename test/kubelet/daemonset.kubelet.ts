import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { going, says } from '../e2e/access.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { NODE_NAME } from './node.ts';
import { findProcesses, podsGroupsOf, rssMebibytes, type Seen } from './processes.ts';
import { type Conditioned, isReady, type KubeletScene, startScene } from './scene.ts';

const host = process.env['VMCTL_TEST_HOST'];
const missing = host === undefined ? 'npm run test:kubelet gives it a host of its own' : undefined;
if (missing) console.warn(`skipped: the DaemonSet on a real kubelet: ${missing}`);

const API = 'vmctl.dev/v1alpha1';
const SYSTEM = ['--namespace', 'vmctl-system'];
const OURS = ['--selector', 'app.kubernetes.io/name=vm-executor'];

interface Pod extends Conditioned {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
}

const machine = (name: string, spec: object): object => ({
  ...{ apiVersion: API, kind: 'VirtualMachine', metadata: { name } },
  spec: {
    ...{ memory: { size: '32Mi' }, machine: { type: 'pc' }, graphics: [], rng: [], channels: [] },
    ...{ balloon: { enabled: false }, stop: { method: 'Guest', timeoutSeconds: 2 } },
    ...spec,
  },
});

describe.skipIf(missing)('the DaemonSet on a real kubelet', () => {
  let scene: KubeletScene;
  beforeAll(async () => {
    scene = await startScene(host ?? '');
  });
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  const executors = async () => (await scene.get<{ items: Pod[] }>('pods', ...SYSTEM, ...OURS))?.items ?? [];
  const web = () => scene.get<VirtualMachine>('virtualmachines.vmctl.dev', 'web');
  const runs = (seen: VirtualMachine | undefined) => isReady(seen) && seen?.status?.powerState === 'Running';

  /** Waits for a pod of the DaemonSet that is ready, and is none of these. */
  const anotherPod = async (before: readonly Pod[] = []): Promise<Pod[]> => {
    const isNew = ({ metadata }: Pod) => !before.some((pod) => pod.metadata.uid === metadata.uid);
    return scene.eventually(
      'a ready pod',
      executors,
      (pods) => pods.length === 1 && pods.every(isNew) && pods.every(isReady),
    );
  };

  /** What a machine needs on its host, each as it is. */
  const processes = async (): Promise<Record<'qemu' | 'swtpm' | 'dnsmasq', Seen[]>> => {
    const uid = (await web())?.metadata.uid ?? '';
    const { metadata } = (await scene.get<VirtualMachine>('virtualmachinenetworks.vmctl.dev', 'inner')) ?? {
      metadata: undefined,
    };
    return {
      qemu: findProcesses('qemu-system-x86_64', uid),
      swtpm: findProcesses('swtpm', uid),
      dnsmasq: findProcesses('dnsmasq', metadata?.uid ?? ''),
    };
  };

  /** What comes first from the console: of the guest, or why there is nothing while the API server has not found the executor yet. */
  const heard = async (): Promise<string> => {
    await using console = going(scene.person, 'console', 'web', '--tail', '0');
    const [words] = await console.line(/T \d{8}|vmctl: .+/);
    return words;
  };

  /** The machine as the API shows it, with what its guest says now, through the API server. */
  const answers = async (): Promise<void> => {
    await scene.eventually('a machine that runs', web, runs);
    await scene.eventually('the guest on its console', heard, (words) => /^T \d{8}/.test(words));
  };

  /** That all went on through something. */
  const unharmed = async (what: () => Promise<unknown>): Promise<void> => {
    const before = await processes();
    expect(Object.values(before).map(({ length }) => length)).toEqual([1, 1, 1]);
    const { restarts = 0 } = (await web())?.status ?? {};
    await what();
    expect(await processes()).toEqual(before);
    expect((await web())?.status?.restarts ?? 0).toBe(restarts);
  };

  it('joins a node that is labelled for it', async () => {
    const begin = performance.now();
    await scene.kubectl('label', 'node', NODE_NAME, 'vmctl.dev/host=true');
    await anotherPod();
    const ready = performance.now() - begin;
    await scene.eventually(
      'an executor that reports',
      () => scene.get('lease', NODE_NAME, ...SYSTEM),
      (lease) => lease,
    );
    const [executor] = findProcesses('node', 'vm-executor.cjs');
    console.log(
      `from the label to Ready: ${Math.round(ready)} ms; executor: ${executor && rssMebibytes(executor)} MiB`,
    );
    const labels = await scene.kubectl('get', 'node', NODE_NAME, '-o', 'jsonpath={.metadata.labels}');
    expect(JSON.parse(labels)).toMatchObject({ 'vmctl.dev/executor': 'true' });
    await scene.eventually(
      'its log',
      () => scene.kubectl('logs', ...SYSTEM, 'daemonset/vm-executor'),
      (text) => text.includes('"message":"ready"'),
    );
  });

  it('runs a machine that the scheduler placed there, apart from all pods', async () => {
    await scene.apply(
      {
        apiVersion: API,
        kind: 'VirtualMachineStoragePool',
        metadata: { name: 'default' },
        spec: { dir: { path: '/var/lib/vmctl/pool' } },
      },
      {
        apiVersion: API,
        kind: 'VirtualMachineNetwork',
        metadata: { name: 'inner' },
        spec: { isolated: { cidr: '10.252.0.0/24' } },
      },
    );
    const file = join(scene.folder, 'serial.raw');
    await writeFile(file, serialDisk());
    await scene.eventually(
      'a way to upload',
      () => scene.person.vmctl('image', 'import', file, '--name', 'serial', '--format', 'raw', '--pool', 'default'),
      ({ code }) => code === 0,
    );
    const disks = [{ name: 'root', image: { name: 'serial', pool: 'default' } }];
    const interfaces = [{ name: 'eth0', network: { name: 'inner' } }];
    await scene.apply(machine('web', { disks, interfaces, tpm: {} }));
    await answers();
    expect((await web())?.spec.nodeName).toBe(NODE_NAME);
    const all = Object.values(await processes());
    expect(all.map((found) => found.flatMap(podsGroupsOf))).toEqual([[], [], []]);
  });

  const reservations = async () =>
    (await scene.get<{ items: Pod[] }>('pods', '--selector', 'app.kubernetes.io/managed-by=vmctl'))?.items ?? [];

  it('has its reservation run as a pod', async () => {
    const [pod, ...others] = await scene.eventually('a reservation that is ready', reservations, (pods) =>
      pods.some(isReady),
    );
    expect(others).toEqual([]);
    const phase = await scene.kubectl(
      'get',
      'pod',
      pod?.metadata.name ?? '',
      '-o',
      'jsonpath={.status.phase} {.spec.nodeName}',
    );
    expect(phase).toBe(`Running ${NODE_NAME}`);
  });

  it('leaves guests as they are when its pod is deleted, and another takes them over', () =>
    unharmed(async () => {
      const before = await executors();
      await scene.kubectl('delete', 'pod', ...SYSTEM, ...OURS);
      await anotherPod(before);
      await answers();
    }));

  it('leaves guests as they are when it is rolled out anew', () =>
    unharmed(async () => {
      const before = await executors();
      await scene.kubectl('rollout', 'restart', ...SYSTEM, 'daemonset/vm-executor');
      await scene.kubectl('rollout', 'status', ...SYSTEM, 'daemonset/vm-executor', '--timeout=240s');
      await anotherPod(before);
      await answers();
    }));

  it('leaves guests as they are when the executor is killed, and its container started again', () =>
    unharmed(async () => {
      const [executor] = findProcesses('node', 'vm-executor.cjs');
      process.kill(executor?.pid ?? 0, 'SIGKILL');
      await scene.eventually(
        'another executor',
        async () => findProcesses('node', 'vm-executor.cjs'),
        ([now]) => now && now.pid !== executor?.pid,
      );
      await anotherPod();
      await answers();
    }));

  it('leaves guests as they are when the kubelet and the container runtime start anew', () =>
    unharmed(async () => {
      await scene.node.restart();
      await anotherPod();
      await answers();
    }));

  it('leaves guests as they are when it is removed, for the next one to take over', () =>
    unharmed(async () => {
      const file = join(scene.folder, 'executor.yaml');
      await writeFile(file, await scene.kubectl('get', 'daemonset', ...SYSTEM, 'vm-executor', '-o', 'yaml'));
      await scene.kubectl('delete', 'daemonset', ...SYSTEM, 'vm-executor');
      await scene.eventually('no pod', executors, (pods) => pods.length === 0);
      const { stdout } = await scene.person.vmctl('get', 'vm', 'web');
      expect(stdout).toContain('web');
      await scene.kubectl('apply', '--validate=false', '-f', file);
      await anotherPod();
      await answers();
    }));

  it('has kubectl drain shut machines down in order, and stays itself', async () => {
    const before = await executors();
    await scene.kubectl('drain', NODE_NAME, '--ignore-daemonsets', '--timeout=200s');
    expect((await processes()).qemu).toEqual([]);
    await scene.eventually('a machine that waits', web, (seen) => seen?.spec.nodeName === undefined);
    const events = await scene.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    expect(events.split(' ')).toEqual(expect.arrayContaining(['Evicted', 'Stopping']));
    expect((await executors()).map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
    await scene.kubectl('uncordon', NODE_NAME);
    await answers();
    await says(scene.person, 'web', 'vmctl-guest ready');
  });

  it('gives everything back with the machine', async () => {
    await scene.kubectl('delete', 'virtualmachines.vmctl.dev', 'web', '--timeout=200s');
    await scene.eventually('no reservation', reservations, (pods) => pods.length === 0);
    expect(findProcesses('qemu-system-x86_64', '')).toEqual([]);
  });
});
