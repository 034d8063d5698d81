import { usage } from '../errors.ts';
import { quoted } from '../names.ts';
import { parseBytes } from '../size.ts';
import { SMALLEST } from './layout.ts';

/** What every image has: it boots by BIOS and by UEFI, also with secure boot, and can be set up, reached and asked. */
export const PACKAGES = [
  ...[
    'linux-image-cloud-amd64',
    'initramfs-tools',
    'systemd-sysv',
    'systemd-resolved',
    'netplan.io',
    'dbus',
    'udev',
    'iproute2',
  ],
  ...['grub-pc-bin', 'grub2-common', 'grub-efi-amd64-signed', 'shim-signed'],
  ...['cloud-init', 'cloud-guest-utils', 'fdisk', 'openssh-server', 'qemu-guest-agent', 'sudo', 'ca-certificates'],
] as const;

export interface DebianOptions {
  /** Code name, such as bookworm. */
  readonly suite: string;
  /** Packages beside those that every image has. */
  readonly packages: readonly string[];
  /** URL of a mirror; the host's own where not given. */
  readonly mirror?: string | undefined;
}

const SUITE = /^[a-z][a-z0-9-]{0,31}$/;
/** Debian policy, 5.6.1. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;
/** 2 TiB: where the record for old programs ends. */
const LARGEST = 2 * 1024 ** 4;
/** Suites that have no updates of their own. */
const ROLLING = ['sid', 'unstable', 'experimental'];

/** @throws Failure (usage) naming what is no suite, package or URL: mmdebstrap would take some as options */
export function checkOptions({ suite, packages, mirror }: DebianOptions): void {
  if (!SUITE.test(suite)) throw usage(`${quoted(suite)} is not a suite of Debian`, 'give its code name, as bookworm');
  const bad = packages.find((name) => !PACKAGE.test(name));
  if (bad !== undefined) throw usage(`${quoted(bad)} is not the name of a package`, 'repeat --package for each one');
  if (mirror !== undefined && !/^https?:\/\/[^\s,]+$/.test(mirror))
    throw usage(`${quoted(mirror)} is not the URL of a mirror`, 'write it as http://HOST/debian');
}

/** Bytes of the disk to build. @throws Failure (usage) for one that a system does not fit on */
export function buildSize(text: string): number {
  const size = parseBytes(text);
  if (size >= BigInt(SMALLEST) && size <= BigInt(LARGEST)) return Number(size);
  throw usage(`a disk of ${text} cannot be built`, 'give a size from 1Gi to 2Ti');
}

/** The lines of /etc/apt/sources.list for a suite. */
export function sourceLines(suite: string, mirror: string, security?: string): string[] {
  const main = `deb ${mirror} ${suite} main`;
  if (ROLLING.includes(suite)) return [main];
  const urgent = security === undefined ? [] : [`deb ${security} ${suite}-security main`];
  return [main, `deb ${mirror} ${suite}-updates main`, ...urgent];
}

/** Arguments of mmdebstrap that write the root of a system as a tar file. */
export const mmdebstrapArguments = (
  { suite, packages }: DebianOptions,
  sources: readonly string[],
  tar: string,
): string[] => [
  '--mode=root',
  '--variant=minbase',
  '--architectures=amd64',
  '--format=tar',
  `--include=${[...new Set([...PACKAGES, ...packages])].join(',')}`,
  suite,
  tar,
  ...sources,
];
