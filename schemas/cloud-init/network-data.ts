import { SeedProblem } from './problem.ts';
import { isMap, type YamlMap } from './yaml.ts';

const refuse = (message: string): never => {
  throw new SeedProblem('NetworkDataInvalid', message);
};

const FAMILIES = {
  ipv4: { any: '0.0.0.0', anyMask: '0.0.0.0', bits: 32 },
  ipv6: { any: '::', anyMask: '::', bits: 128 },
} as const;

const familyOf = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4');

function ipv4Mask(bits: number): string {
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
}

/** `10.0.0.5/24` as address and mask; OpenStack writes an IPv6 mask as a prefix length. */
function splitAddress(text: unknown, where: string): { address: string; netmask: string } {
  const [, address = '', prefix] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(String(text)) ?? [];
  const family = familyOf(address);
  const bits = Number(prefix);
  if (address === '' || bits > FAMILIES[family].bits)
    refuse(`${where}: ${JSON.stringify(text)} is no address as 10.0.0.5/24`);
  return { address, netmask: family === 'ipv4' ? ipv4Mask(bits) : String(bits) };
}

/** What of an ethernet device of version 2 has a counterpart in OpenStack's format. */
const KNOWN = [
  'match',
  'set-name',
  'dhcp4',
  'dhcp6',
  'addresses',
  'gateway4',
  'gateway6',
  'routes',
  'nameservers',
  'mtu',
];

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isOn = (value: unknown): boolean => value === true || value === 'yes' || value === 'on';

function linkOf(id: string, device: YamlMap): YamlMap {
  const match = isMap(device['match']) ? device['match'] : {};
  const mac = match['macaddress'];
  if (Object.keys(match).some((key) => key !== 'macaddress'))
    refuse(`ethernets.${id}.match: a config drive knows devices by macaddress only`);
  const name = device['set-name'] ?? (mac === undefined ? id : undefined);
  return {
    id,
    type: 'phy',
    ...(mac !== undefined && { ethernet_mac_address: String(mac).toLowerCase() }),
    ...(name !== undefined && { name }),
    ...(device['mtu'] !== undefined && { mtu: device['mtu'] }),
  };
}

function routesOf(device: YamlMap, family: 'ipv4' | 'ipv6', where: string): YamlMap[] {
  const { any, anyMask } = FAMILIES[family];
  const gateway = device[family === 'ipv4' ? 'gateway4' : 'gateway6'];
  const usual = gateway === undefined ? [] : [{ network: any, netmask: anyMask, gateway: String(gateway) }];
  const others = list(device['routes']).flatMap((route) => {
    if (!isMap(route)) return refuse(`${where}.routes: a route is a map of to and via`);
    const [to, via] = [String(route['to']), String(route['via'])];
    if (familyOf(via) !== family) return [];
    if (to === 'default') return [{ network: any, netmask: anyMask, gateway: via }];
    const { address, netmask } = splitAddress(to, `${where}.routes`);
    return [{ network: address, netmask, gateway: via }];
  });
  return [...usual, ...others];
}

function networksOf(id: string, device: YamlMap): YamlMap[] {
  const where = `ethernets.${id}`;
  const dynamic = (['ipv4', 'ipv6'] as const)
    .filter((family) => isOn(device[family === 'ipv4' ? 'dhcp4' : 'dhcp6']))
    .map((family) => ({ id: `${id}-${family}-dhcp`, link: id, type: `${family}_dhcp` }));
  const routed = new Set<string>();
  const fixed = list(device['addresses']).map((text, index) => {
    const { address, netmask } = splitAddress(text, `${where}.addresses`);
    const type = familyOf(address);
    const routes = routed.has(type) ? [] : routesOf(device, type, where);
    routed.add(type);
    return { id: `${id}-${index}`, link: id, type, ip_address: address, netmask, routes };
  });
  return [...dynamic, ...fixed];
}

const dnsOf = (device: YamlMap): YamlMap[] =>
  list(isMap(device['nameservers']) ? device['nameservers']['addresses'] : []).map((address) => ({
    type: 'dns',
    address,
  }));

/** A network configuration of version 2 in OpenStack's words. @throws SeedProblem for what those cannot say */
function convert(config: YamlMap): YamlMap {
  const devices = isMap(config['ethernets']) ? Object.entries(config['ethernets']) : [];
  const other = Object.keys(config).find((key) => !['version', 'ethernets', 'renderer'].includes(key));
  if (other !== undefined)
    refuse(
      `networkData: ${other} cannot be put on a config drive; use noCloud, or write OpenStack's network_data.json`,
    );
  const checked = devices.map(([id, device]) => {
    if (!isMap(device)) return refuse(`networkData: ethernets.${id} is no map`);
    const unknown = Object.keys(device).find((key) => !KNOWN.includes(key));
    if (unknown !== undefined)
      refuse(`networkData: ethernets.${id}.${unknown} cannot be put on a config drive; use noCloud`);
    return [id, device] as const;
  });
  return {
    links: checked.map(([id, device]) => linkOf(id, device)),
    networks: checked.flatMap(([id, device]) => networksOf(id, device)),
    services: checked.flatMap(([, device]) => dnsOf(device)),
  };
}

/** The configuration below `network:`, as netplan has it, or at the top. */
const unwrapped = (config: YamlMap): YamlMap => (isMap(config['network']) ? config['network'] : config);

/** Checks a NoCloud network-config, which goes to the guest as it is written. @throws SeedProblem */
export function checkNetworkConfig(config: YamlMap): void {
  const version = unwrapped(config)['version'];
  if (version !== 1 && version !== 2) refuse('networkData has no version: write "version: 2" and what netplan takes');
}

/** OpenStack's network_data.json: as given, or made from version 2. @throws SeedProblem */
export function openStackNetwork(config: YamlMap): YamlMap {
  if (Array.isArray(config['links']) && Array.isArray(config['networks'])) return config;
  const inner = unwrapped(config);
  if (inner['version'] === 2) return convert(inner);
  return refuse(
    "networkData on a config drive is OpenStack's network_data.json (links, networks, services) or version 2",
  );
}
