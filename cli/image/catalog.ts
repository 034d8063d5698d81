import type { VirtualMachineImageSpec } from '../../schemas/kinds/image.ts';
import { own } from '../own.ts';

/** Go's names, which Kubernetes' nodes report. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

type Http = NonNullable<VirtualMachineImageSpec['source']['http']>;

/** A cloud image of a publisher, with where he says what its digest must be. */
export interface CatalogEntry {
  readonly title: string;
  /** Who logs in where cloud-init is told nothing else. */
  readonly user: string;
  readonly sources: Partial<Readonly<Record<Architecture, Http>>>;
}

type Names = Readonly<Record<Architecture, string>>;

/** How publishers call the architectures. */
const DEBIAN: Names = { amd64: 'amd64', arm64: 'arm64' };
const UNAME: Names = { amd64: 'x86_64', arm64: 'aarch64' };

/** The same address for each architecture. */
const each = (names: Names, url: (name: string) => string, checksumUrl: (name: string) => string) =>
  Object.fromEntries(
    ARCHITECTURES.map((architecture) => {
      const name = names[architecture];
      return [architecture, { url: url(name), checksumUrl: checksumUrl(name) }];
    }),
  );

function debian(version: number, suite: string): CatalogEntry {
  const folder = `https://cloud.debian.org/images/cloud/${suite}/latest`;
  const file = (name: string) => `${folder}/debian-${version}-genericcloud-${name}.qcow2`;
  const sources = each(DEBIAN, file, () => `${folder}/SHA512SUMS`);
  return { title: `Debian ${version} (${suite})`, user: 'debian', sources };
}

function ubuntu(version: string, suite: string): CatalogEntry {
  const folder = `https://cloud-images.ubuntu.com/${suite}/current`;
  const file = (name: string) => `${folder}/${suite}-server-cloudimg-${name}.img`;
  return { title: `Ubuntu ${version} LTS`, user: 'ubuntu', sources: each(DEBIAN, file, () => `${folder}/SHA256SUMS`) };
}

function fedora(version: number, build: string): CatalogEntry {
  const folder = (name: string) =>
    `https://download.fedoraproject.org/pub/fedora/linux/releases/${version}/Cloud/${name}/images`;
  const file = (name: string) => `${folder(name)}/Fedora-Cloud-Base-Generic-${version}-${build}.${name}.qcow2`;
  const sums = (name: string) => `${folder(name)}/Fedora-Cloud-${version}-${build}-${name}-CHECKSUM`;
  return { title: `Fedora Cloud ${version}`, user: 'fedora', sources: each(UNAME, file, sums) };
}

function rocky(version: number): CatalogEntry {
  const folder = (name: string) => `https://dl.rockylinux.org/pub/rocky/${version}/images/${name}`;
  const file = (name: string) => `${folder(name)}/Rocky-${version}-GenericCloud-Base.latest.${name}.qcow2`;
  const sources = each(UNAME, file, (name) => `${file(name)}.CHECKSUM`);
  return { title: `Rocky Linux ${version}`, user: 'rocky', sources };
}

/** Alpine's BIOS images are for x86 alone. */
function alpine(branch: string, version: string): CatalogEntry {
  const url = (name: string, firmware: string) =>
    `https://dl-cdn.alpinelinux.org/alpine/v${branch}/releases/cloud/nocloud_alpine-${version}-${name}-${firmware}-cloudinit-r0.qcow2`;
  const source = (file: string): Http => ({ url: file, checksumUrl: `${file}.sha512` });
  const sources = { amd64: source(url('x86_64', 'bios')), arm64: source(url('aarch64', 'uefi')) };
  return { title: `Alpine Linux ${branch}`, user: 'alpine', sources };
}

/** CirrOS publishes MD5 alone, which proves nothing: the digest is kept here. */
const cirros: CatalogEntry = {
  title: 'CirrOS 0.6.2, 20 MiB to try things out',
  user: 'cirros',
  sources: {
    amd64: {
      url: 'https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img',
      checksum: 'sha256:07e44a73e54c94d988028515403c1ed762055e01b83a767edf3c2b387f78ce00',
    },
  },
};

/** By the name that `vmctl create --image` takes. */
export const CATALOG: Readonly<Record<string, CatalogEntry>> = {
  'alpine-3.22': alpine('3.22', '3.22.1'),
  cirros,
  'debian-12': debian(12, 'bookworm'),
  'debian-13': debian(13, 'trixie'),
  'fedora-43': fedora(43, '1.6'),
  'rocky-9': rocky(9),
  'rocky-10': rocky(10),
  'ubuntu-22.04': ubuntu('22.04', 'jammy'),
  'ubuntu-24.04': ubuntu('24.04', 'noble'),
};

/** Where the catalog has an image of a name for an architecture. */
export const catalogSource = (name: string, architecture: string): Http | undefined =>
  own(CATALOG, name)?.sources[architecture as Architecture];
