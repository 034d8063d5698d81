import { findProgram } from './run.ts';

export interface Tool {
  /** What does not work without it. */
  readonly purpose: string;
  /** Debian's package. */
  readonly package: string;
  readonly required: boolean;
}

/** The programs of the host that the executor starts, besides qemu itself. */
export const TOOLS = {
  'qemu-img': { purpose: 'disks and images', package: 'qemu-utils', required: true },
  xz: { purpose: 'images that are packed with xz', package: 'xz-utils', required: false },
  'mount.nfs': { purpose: 'storage pools of the type nfs', package: 'nfs-common', required: false },
  taskset: { purpose: 'pinning machines to CPUs', package: 'util-linux', required: false },
  chrt: { purpose: 'scheduling of machines (spec.tuning.schedulers)', package: 'util-linux', required: false },
  ip: { purpose: 'networks of the types nat, bridge and ovs', package: 'iproute2', required: false },
  nft: { purpose: 'networks of the types nat and bridge', package: 'nftables', required: false },
  dnsmasq: { purpose: 'networks that give out addresses', package: 'dnsmasq-base', required: false },
  'ovs-vsctl': { purpose: 'networks of the type ovs', package: 'openvswitch-switch', required: false },
  passt: { purpose: 'networks of the type user, faster than by qemu itself', package: 'passt', required: false },
  swtpm: { purpose: 'TPMs (spec.tpm)', package: 'swtpm', required: false },
  setpriv: { purpose: 'running qemu as an unprivileged user', package: 'util-linux', required: false },
  getent: { purpose: 'running qemu as an unprivileged user', package: 'libc-bin', required: false },
  useradd: { purpose: 'making the unprivileged user', package: 'passwd', required: false },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;
export type Tools = Readonly<Record<ToolName, string | undefined>>;

/** Where each program is, or nothing where it is not installed. */
export async function findTools(): Promise<Tools> {
  const names = Object.keys(TOOLS) as ToolName[];
  const found = await Promise.all(names.map(async (name) => [name, await findProgram(name)] as const));
  return Object.fromEntries(found) as Tools;
}
