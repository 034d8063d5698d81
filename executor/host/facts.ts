import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, hostname, release, totalmem, userInfo } from 'node:os';
import { type CgroupSupport, detectCgroups } from './cgroup.ts';
import { bootId } from './proc.ts';
import { findQemuBinary, type QemuBinary } from './qemu-binary.ts';
import { findProgram } from './run.ts';
import { findTools, type Tools } from './tools.ts';

/** What this host is and has. Gathered once at the start. */
export interface HostFacts {
  /** The host's name as a name of the API: lower case. */
  readonly nodeName: string;
  /** As qemu and the kernel spell it, e.g. `x86_64`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** e.g. `Debian GNU/Linux 12 (bookworm)`. */
  readonly operatingSystem: string;
  readonly bootId: string;
  readonly user: { readonly uid: number; readonly name: string };
  readonly cgroups: CgroupSupport;
  /** The qemu for this architecture. */
  readonly qemu: QemuBinary | undefined;
  /** The paths of the other programs in use. */
  readonly tools: Tools;
}

/** Node's names where they differ from the kernel's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ppc64: 'ppc64le',
  ia32: 'i386',
};

/** Looks around, which makes our parent control group where that is allowed and starts `qemu --version`. */
export async function hostFacts(): Promise<HostFacts> {
  const architecture = ARCHITECTURES[arch()] ?? arch();
  const [boot, operatingSystem, cgroups, qemu, tools] = await Promise.all([
    bootId(),
    readOperatingSystem(),
    detectCgroups(),
    findQemu(architecture),
    findTools(),
  ]);
  const { uid, username } = userInfo();
  return {
    ...{ nodeName: toNodeName(hostname()), architecture, cpus: availableParallelism(), memoryBytes: totalmem() },
    ...{ kernel: release(), operatingSystem, bootId: boot, user: { uid, name: username }, cgroups, qemu, tools },
  };
}

/** A host name in the form that the API takes for names (RFC 1123), which is narrower than what the kernel takes. */
export function toNodeName(host: string): string {
  const name = host.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-');
  const labels = name.split('.').map((label) => label.slice(0, 63).replaceAll(/^-+|-+$/g, ''));
  return labels.filter((label) => label !== '').join('.') || 'localhost';
}

async function findQemu(architecture: string): Promise<QemuBinary | undefined> {
  const path = (await findProgram(`qemu-system-${architecture}`)) ?? (await findProgram('/usr/libexec/qemu-kvm'));
  return path === undefined ? undefined : findQemuBinary(path);
}

async function readOperatingSystem(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'Linux';
}
