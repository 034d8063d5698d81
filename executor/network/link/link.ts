import { runProgram } from '../run.ts';

/** A network device of this host, as `ip -j -d address` shows it. Source: ip-address(8) */
export interface Link {
  readonly name: string;
  readonly alias?: string;
  readonly altNames?: readonly string[];
  /** `bridge`, `tun`, `veth` …; nothing for a real card. */
  readonly kind?: string;
  readonly master?: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly macAddress: string;
  /** `10.10.0.1/24`; without those of the link alone, and those that the kernel made from advertisements. */
  readonly addresses: readonly string[];
  /** Of a bridge. */
  readonly vlanFiltering?: boolean;
  /** Of a port of a bridge: it reaches no other one that is so too. */
  readonly isolated?: boolean;
}

interface RawAddress {
  readonly local?: string;
  readonly prefixlen?: number;
  readonly scope?: string;
  readonly dynamic?: boolean;
  readonly mngtmpaddr?: boolean;
  readonly temporary?: boolean;
}

interface RawLink {
  readonly ifname?: string;
  readonly ifalias?: string;
  readonly altnames?: readonly string[];
  readonly master?: string;
  readonly flags?: readonly string[];
  readonly mtu?: number;
  readonly address?: string;
  readonly addr_info?: readonly RawAddress[];
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly vlan_filtering?: number };
    readonly info_slave_data?: { readonly isolated?: boolean };
  };
}

/** Reads what `ip -j` answered: with some filters it writes empty objects for what it leaves out. */
export function readLinks(answer: string): Link[] {
  const raw = answer.trim() === '' ? [] : (JSON.parse(answer) as RawLink[]);
  return raw.flatMap((link) => (link.ifname === undefined ? [] : [readLink(link, link.ifname)]));
}

function readLink(raw: RawLink, name: string): Link {
  const { ifalias, altnames, master, flags = [], mtu = 0, address = '', addr_info = [], linkinfo } = raw;
  const filtering = linkinfo?.info_data?.vlan_filtering;
  return {
    name,
    ...(ifalias !== undefined && { alias: ifalias }),
    ...(altnames && { altNames: altnames }),
    ...(linkinfo?.info_kind !== undefined && { kind: linkinfo.info_kind }),
    ...(master !== undefined && { master }),
    up: flags.includes('UP'),
    mtu,
    macAddress: address,
    addresses: addr_info.filter(isSet).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    ...(filtering !== undefined && { vlanFiltering: filtering === 1 }),
    ...(linkinfo?.info_slave_data?.isolated === true && { isolated: true }),
  };
}

const isSet = ({ local, scope, mngtmpaddr, temporary }: RawAddress): boolean =>
  local !== undefined && scope !== 'link' && !mngtmpaddr && !temporary;

/** One device; nothing where it is not there. */
export async function findLink(name: string): Promise<Link | undefined> {
  try {
    return readLinks(await runProgram('ip', ['-j', '-d', 'address', 'show', 'dev', name]))[0];
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** The devices on a bridge. */
export const findPorts = async (bridge: string): Promise<Link[]> =>
  readLinks(await runProgram('ip', ['-j', '-d', 'address', 'show', 'master', bridge]));

/** Every tap of this host. */
export const findTaps = async (): Promise<Link[]> =>
  readLinks(await runProgram('ip', ['-j', 'link', 'show', 'type', 'tun']));

/** Every bridge of this host. */
export const findBridges = async (): Promise<Link[]> =>
  readLinks(await runProgram('ip', ['-j', 'link', 'show', 'type', 'bridge']));

/** The words of one line of ip(8), without the program's name. */
export type LinkCommand = readonly string[];

/** Carries out lines of `ip -batch`, one after the other, up to the first that fails. Words are names and numbers of ours. */
export async function applyLinks(commands: readonly LinkCommand[]): Promise<void> {
  if (commands.length === 0) return;
  await runProgram('ip', ['-batch', '-'], `${commands.map(toLine).join('\n')}\n`);
}

/** A batch has no way to quote a line's end; nothing that we name has one. */
function toLine(words: LinkCommand): string {
  const bad = words.find((word) => !/^[\w./:@+-]+$/.test(word));
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is no word of a network command`);
  return words.join(' ');
}
