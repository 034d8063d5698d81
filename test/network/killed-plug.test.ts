import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPassts } from '../../executor/network/passt/process.ts';
import { passtMac } from '../../executor/qemu/identifiers.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { until } from '../e2e/until.ts';
import { passtFolder } from '../fixtures/passt.ts';
import { overFile, take, takenFile } from '../soak/control.ts';
import { createHost, createLinux, importGuest, networkReady, type TestHost } from './host.ts';
import { networkState, whyNoNetworks } from './namespace.ts';
import { type Switch, startSwitch } from './switch.ts';

const why = await whyNoNetworks('ovs-vsctl', 'ovsdb-server', 'ovs-vswitchd');
if (why) console.warn(`killed executors are not tested while they plug interfaces: ${why}`);

const passt = await passtFolder();

const NETWORKS = {
  nat: { nat: { cidr: '10.71.0.0/24' } },
  open: { user: { backend: 'Passt' } },
  switched: { ovs: { bridge: 'sw0', datapath: 'netdev', vlan: 5, cidr: '10.72.0.0/24' } },
} as const;
/** Few steps, since an executor starts after each: one is before or after a program, a command to qemu, or a name of a file. */
const STEPS: Readonly<Record<string, readonly number[]>> = { nat: [1, 6], open: [4], switched: [9] };
/** A board without any card has no ports for others. */
const FIRST = { name: 'eth0', network: { name: 'nat' } };
const CARD = { linkState: 'Up', bandwidth: { inboundKilobytesPerSecond: 2000, outboundKilobytesPerSecond: 1000 } };

describe.skipIf(why)('an executor that is killed at any step of plugging an interface', () => {
  const control = join(tmpdir(), `vmctl-faults-${randomUUID()}`);
  let on: TestHost;
  let ovs: Switch;

  beforeAll(async () => {
    on = await createHost(async (host) => {
      ovs = await startSwitch(host);
      const faults = join(import.meta.dirname, '../soak/faults.ts');
      const NODE_OPTIONS = `--import=${faults} --disable-warning=ExperimentalWarning`;
      const PATH = [...(passt ? [passt] : []), process.env['PATH']].join(delimiter);
      return { ...ovs.env, NODE_OPTIONS, VMCTL_FAULTS: control, PATH };
    });
    await importGuest(on.executor);
    for (const [name, spec] of Object.entries(NETWORKS)) await on.executor.create('VirtualMachineNetwork', name, spec);
    for (const name of Object.keys(NETWORKS)) await networkReady(on.executor, name);
    await createLinux(on.executor, 'one', [FIRST], '');
    await on.executor.says('one', 'vmctl-guest ready');
  });

  afterAll(async () => {
    for (const file of [control, takenFile(control), overFile(control)]) rmSync(file, { force: true });
    await on?.[Symbol.asyncDispose]();
    await ovs?.[Symbol.asyncDispose]();
  });

  const status = (holds: (machine: VirtualMachine) => unknown) =>
    on.executor.eventually('VirtualMachine', 'one', (machine) => machine && holds(machine), 90_000);
  const interfaces = (list: readonly object[]) =>
    on.executor.patch('VirtualMachine', 'one', { spec: { interfaces: list } });
  const lives = (pid: number): boolean => existsSync(`/proc/${pid}/cmdline`);

  /** @returns whether the executor was killed: when it was not, there are fewer steps */
  async function killedAt(at: number, act: () => Promise<void>, done: () => Promise<unknown>): Promise<boolean> {
    const { pid } = on.executor;
    writeFileSync(control, JSON.stringify({ id: randomUUID(), at, fault: 'executor' }));
    // The executor may die before it answers; then it is asked again.
    const acted = act().catch(() => {});
    const died = until(() => !lives(pid) || !existsSync(control), { limitMs: 90_000, what: () => 'a kill' });
    await Promise.race([died, acted.then(done)]);
    died.catch(() => {});
    // Whoever takes it first: the executor may still be killed after it is done.
    if (take(control)) return false;
    await on.executor.stop('SIGKILL');
    await on.executor.start();
    await acted;
    await act();
    await done();
    return true;
  }

  test.each(Object.keys(NETWORKS).filter((name) => passt || name !== 'open'))(
    'of %s converges, in and out, and leaves nothing',
    async (network) => {
      const { metadata } = await status(() => true);
      const mac = passtMac(metadata.uid ?? '', 'eth1');
      const settled = async () => {
        const { links, ...state } = await networkState(on.host);
        // The device that limits lead to gets another address each time.
        const named = (links as { ifname: string; address: string }[]).map(({ address, ...link }) =>
          link.ifname.startsWith('vi') ? link : { ...link, address },
        );
        return { ...state, links: named, routes: undefined, passt: findPassts().has(mac) };
      };
      const plug = () => interfaces([FIRST, { name: 'eth1', network: { name: network }, ...CARD }]);
      const plugged = () =>
        status((machine) => {
          const seen = machine.status?.interfaces?.[1];
          return (seen?.device ?? seen?.backend) !== undefined;
        });
      const unplugged = () => status((machine) => machine.status?.interfaces?.length === 1);
      const without = await settled();
      await plug();
      await plugged();
      const withCard = await settled();
      expect(withCard).not.toEqual(without);
      await interfaces([FIRST]);
      await unplugged();
      await expect.poll(settled, { timeout: 60_000 }).toEqual(without);
      let kills = 0;
      for (const at of STEPS[network] ?? []) {
        const inward = await killedAt(at, plug, plugged);
        await expect.poll(settled, { timeout: 60_000 }).toEqual(withCard);
        const outward = await killedAt(at, () => interfaces([FIRST]), unplugged);
        await expect.poll(settled, { timeout: 60_000 }).toEqual(without);
        kills += Number(inward) + Number(outward);
      }
      expect(kills).toBeGreaterThan(1);
    },
    240_000,
  );
});
