import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { freePort } from '../../executor/network/free-port.ts';
import { parseUsernet } from '../../executor/network/usernet.ts';
import { rescueSocket } from '../../executor/qemu/sockets.ts';
import { connectQmp } from '../../executor/qmp/index.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
});
afterAll(() => executor[Symbol.asyncDispose]());

/** What slirp listens on, asked on the machine's second monitor. */
async function forwards(uid: string): Promise<string[]> {
  const qmp = await connectQmp(rescueSocket(join(executor.home, 'machines', uid)));
  try {
    const answer = await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' });
    return parseUsernet(answer).map(({ protocol, hostPort }) => `${protocol} ${hostPort}`);
  } finally {
    qmp.close();
  }
}

test('what a killed executor had open to a guest is closed by the next one, and what the spec forwards stays', async () => {
  const declared = await freePort();
  await executor.create('VirtualMachineNetwork', 'inside', { user: { backend: 'Slirp' } });
  const nic = { name: 'eth0', network: { name: 'inside' }, forwards: [{ hostPort: declared, port: 80 }] };
  await executor.create('VirtualMachine', 'web', smallMachine('none', { disks: [], interfaces: [nic] }));
  const { metadata } = await executor.eventually(
    'VirtualMachine',
    'web',
    (machine) => machine?.status?.powerState === 'Running',
  );
  const uid = metadata.uid ?? '';
  const path = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/portforward/9/udp';
  const stream = new WebSocket(`ws+unix:${join(executor.home, 'api/api.sock')}:${path}`);
  stream.on('error', () => {});
  await once(stream, 'open');
  const open = await forwards(uid);
  expect(open).toHaveLength(2);
  expect(open).toContain(`TCP ${declared}`);
  await executor.stop('SIGKILL');
  expect(await forwards(uid)).toEqual(open);
  await executor.start();
  await until(async () => (await forwards(uid)).length === 1, { limitMs: 90_000, what: () => 'the stray to go' });
  expect(await forwards(uid)).toEqual([`TCP ${declared}`]);
});

test('a stream that is open now is not taken for a stray', async () => {
  const answer = `Hub -1 (net-eth0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   31       127.0.0.1 40001       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  12       127.0.0.1 40001       10.0.2.15    22     0     0
  UDP[HOST_FORWARD]  13               * 40002       10.0.2.15    53     0     0
Hub 0 (net-eth1):
  TCP[HOST_FORWARD]  14         0.0.0.0  8080       10.0.2.15    80     0     0
`;
  expect(parseUsernet(answer)).toEqual([
    { netdev: 'net-eth0', protocol: 'TCP', hostAddress: '127.0.0.1', hostPort: 40001 },
    { netdev: 'net-eth0', protocol: 'UDP', hostAddress: '0.0.0.0', hostPort: 40002 },
    { netdev: 'net-eth1', protocol: 'TCP', hostAddress: '0.0.0.0', hostPort: 8080 },
  ]);
});
