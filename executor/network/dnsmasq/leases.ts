export interface Lease {
  readonly macAddress: string;
  readonly address: string;
  readonly hostName?: string;
  /** Seconds since the epoch; 0 for one that never ends. */
  readonly expires: number;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/**
 * Reads dnsmasq's file of leases: `expiry mac address name client-id` a line. After a line `duid …` come those of DHCPv6,
 * which name no MAC address. Names are the guests' own words.
 */
export function parseLeases(text: string): Lease[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => line.startsWith('duid '));
  return lines.slice(0, end < 0 ? undefined : end).flatMap((line) => {
    const [expires, macAddress = '', address, name = '*'] = line.split(' ');
    if (!MAC.test(macAddress) || address === undefined || !Number.isInteger(Number(expires))) return [];
    return [{ macAddress, address, expires: Number(expires), ...(NAME.test(name) && { hostName: name }) }];
  });
}

/** The file without leases of addresses that are now kept for somebody else. */
export function withoutConflicts(text: string, config: string): string {
  const owners = new Map<string, string>();
  for (const [, mac = '', rest = ''] of config.matchAll(/^dhcp-host=([0-9a-f:]{17}),(.*)$/gm)) {
    for (const word of rest.split(',')) owners.set(word, mac);
  }
  const kept = text.split('\n').filter((line) => {
    const [, mac = '', address = ''] = line.split(' ');
    const owner = owners.get(address);
    return owner === undefined || owner === mac;
  });
  return kept.join('\n');
}
