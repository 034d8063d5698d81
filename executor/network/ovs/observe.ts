import type { SeenOvs } from '../host/seen.ts';
import { findMeters, findOvsBridge, findOvsPorts, flowCookies, hasOvs, portNumbers, portsOn } from './ovs.ts';

/** What of a network is in Open vSwitch; nothing where no switch runs. */
export async function observeOvs(bridgeName: string, networkUid: string): Promise<SeenOvs | undefined> {
  if (!(await hasOvs())) return undefined;
  const [bridge, allPorts, numbers] = await Promise.all([findOvsBridge(bridgeName), findOvsPorts(), portNumbers()]);
  const [portsOfBridge, cookies, meters] = bridge
    ? await Promise.all([portsOn(bridgeName), flowCookies(bridgeName, networkUid), findMeters(bridgeName)])
    : [[], [], []];
  return {
    ...(bridge && { bridge }),
    portsOfBridge,
    ports: allPorts.filter(({ network }) => network === networkUid),
    numbers: Object.fromEntries(numbers),
    cookies,
    meters,
  };
}
