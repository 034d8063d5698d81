import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNamespace, type Namespace, networkState, whyNoNetworks } from './namespace.ts';
import { type Switch, startSwitch, switchState } from './switch.ts';

const why = await whyNoNetworks();
if (why) console.warn(`killed executors are not tested on networks: ${why}`);

const whyNoSwitch = await whyNoNetworks('ovs-vsctl', 'ovsdb-server', 'ovs-vswitchd');
if (whyNoSwitch && !why) console.warn(`killed executors are not tested on Open vSwitch: ${whyNoSwitch}`);

const SWITCH = {
  ...{ bridge: 'sw0', datapath: 'netdev', vlan: 5, cidr: '10.72.0.0/24' },
  acls: [{ direction: 'To', protocol: 'TCP', action: 'Drop', priority: 10 }],
} as const;
const DRIVER = join(import.meta.dirname, 'driver.ts');
/** Networks, and of how many of their steps one is looked at: each costs five programs. */
const SPECS: Readonly<Record<string, { readonly spec: object; readonly every: number }>> = {
  nat: { spec: { nat: { cidr: '10.9.0.0/24', cidr6: 'fd00:9::/64', mtu: 1400 } }, every: 1 },
  'a bridge over a card': { spec: { bridge: { of: 'eth0' } }, every: 1 },
  ...(whyNoSwitch ? {} : { 'a switch': { spec: { ovs: SWITCH }, every: 4 } }),
};

/** More than any of these networks takes. */
const MOST_ACTIONS = 30;

describe.skipIf(why).each(Object.entries(SPECS))(
  'an executor that is killed at any step of %s',
  (_name, { spec, every }) => {
    let host: Namespace;
    let ovs: Switch | undefined;
    let home: string;
    let before: Record<string, unknown>;

    const drive = (direction: 'up' | 'down', actions: number | 'all', ...after: readonly string[]): Promise<string> =>
      host
        .run(
          'env',
          ...Object.entries(ovs?.env ?? {}).map(([name, value]) => `${name}=${value}`),
          process.execPath,
          '--disable-warning=ExperimentalWarning',
          DRIVER,
          direction,
          home,
          String(actions),
          JSON.stringify(spec),
          ...after,
        )
        .catch((error: Error & { signal?: string }) => {
          if (error.signal === 'SIGKILL') return 'killed';
          throw error;
        });
    /** What is there, without numbers that the kernel gives anew. */
    const state = async () => ({ ...(await networkState(host)), ...(ovs && (await switchState(host, ovs))) });

    beforeAll(async () => {
      host = await createNamespace();
      home = await mkdtemp(join(tmpdir(), 'vmctl-killed-'));
      await host.run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far');
      await host.run('ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:00:01');
      for (const device of ['eth0', 'far']) await host.run('ip', 'link', 'set', device, 'up');
      await host.run('ip', 'address', 'add', '192.0.2.2/24', 'dev', 'eth0');
      await host.run('ip', 'route', 'add', 'default', 'via', '192.0.2.1');
      await host.run('nft', 'add', 'table', 'inet', 'theirs');
      if ('ovs' in spec) ovs = await startSwitch(host);
      before = await state();
    });

    afterAll(async () => {
      if (host) await drive('down', 'all');
      await ovs?.[Symbol.asyncDispose]();
      await host?.[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    });

    test('converges to the same host, up and down, wherever it was', async () => {
      expect(Number(await drive('up', 'all'))).toBeGreaterThan(0);
      const up = await state();
      expect(up).not.toEqual(before);
      expect(await drive('up', 'all')).toBe('0\n');
      expect(Number(await drive('down', 'all'))).toBeGreaterThan(0);
      expect(await state()).toEqual(before);
      let killed = 'killed';
      let steps = 0;
      for (; killed === 'killed' && steps < MOST_ACTIONS; steps += every) {
        killed = await drive('up', steps);
        await drive('up', 'all');
        expect(await state()).toEqual(up);
        await drive('down', steps);
        await drive('down', 'all');
        expect(await state()).toEqual(before);
      }
      expect(steps).toBeGreaterThan(1);
      expect(steps).toBeLessThan(MOST_ACTIONS);
      expect(await readdir(join(home, 'networks')).catch(() => [])).toEqual([]);
    });

    test('converges when it is killed in the middle of an action', async () => {
      for (let step = 0; step < 4; step += 1) {
        await drive('up', step, String(1 + 3 * step));
        await drive('down', step, String(1 + 3 * step));
      }
      await drive('down', 'all');
      expect(await state()).toEqual(before);
    });
  },
);
