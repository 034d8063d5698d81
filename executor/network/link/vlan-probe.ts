import { run } from '../../host/run.ts';

/** `unknown` where only root could tell. */
export type VlanFiltering = 'yes' | 'no' | 'unknown';

const BRIDGE = ['ip', 'link', 'add', 'vlan-probe', 'type', 'bridge', 'vlan_filtering', '1'];

/** Whether the kernel's bridges tell VLANs apart: one is made in a network namespace that ends with the program. */
export const probeVlanFiltering = (): Promise<VlanFiltering> =>
  run('unshare', ['--net', '--', ...BRIDGE]).then(
    () => 'yes',
    (error: Error) => (/not supported/i.test(error.message) ? 'no' : 'unknown'),
  );
