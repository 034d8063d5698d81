import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../executor/host/run.ts';
import { CACHE } from '../cluster/binaries.ts';
import { buildTools, compile } from '../cluster/compile.ts';
import { suite, unpackPackages } from '../cluster/packages.ts';
import { progress, run } from '../cluster/run.ts';

/** What a node of a cluster has, beside the host's own: from Debian's packages, in a folder, never installed. */
const HOME = join(CACHE, '..', 'kubelet');
const ROOT = join(HOME, 'root');
const LIBRARY = join(ROOT, 'usr/lib/x86_64-linux-gnu');

const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins', 'buildah', 'busybox-static'];
/** Those that are run, or run each other by name. */
const PROGRAMS = [
  'usr/bin/containerd',
  'usr/bin/containerd-shim-runc-v2',
  'usr/bin/ctr',
  'usr/sbin/runc',
  'usr/bin/buildah',
];

export const TOOLS = {
  kubelet: join(CACHE, 'bin', 'kubelet'),
  /** Folders for the PATH, with containerd, runc and buildah. */
  path: [join(ROOT, 'usr/bin'), join(ROOT, 'usr/sbin')],
  cni: join(ROOT, 'usr/lib/cni'),
  containers: join(ROOT, 'etc/containers'),
  busybox: join(ROOT, 'bin/busybox'),
  /** A Debian as the image `debian:bookworm-slim` is one. */
  debian: join(HOME, 'debian.tar'),
} as const;

/** What the host has to have; scripts/test.sh installs it. */
const OF_HOST = ['unshare', 'ip', 'nft', 'kubectl', 'patchelf', 'mmdebstrap', 'qemu-system-x86_64', 'swtpm', 'dnsmasq'];

/** Why no kubelet can be tried on this host, whatever is built; undefined where one can. */
export async function whyNoKubelet(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'a kubelet is run by root';
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'Kubernetes 1.20 is tried on control groups of version 1';
  for (const program of OF_HOST) if (!(await findProgram(program))) return `${program} is not installed`;
  return undefined;
}

/** Builds kubelet and unpacks a container runtime and a builder of images. Does nothing the second time. */
export async function prepareTools(): Promise<void> {
  if (!existsSync(TOOLS.kubelet)) {
    await compile(await buildTools(), ['kubelet']);
    for (const name of readdirSync(CACHE))
      if (name !== 'bin') rmSync(join(CACHE, name), { recursive: true, force: true });
  }
  if (!existsSync(ROOT)) await unpack();
  if (!existsSync(TOOLS.debian)) await makeDebian();
}

/** They find their libraries where they lie: they start themselves and each other, with environments of their own. */
async function unpack(): Promise<void> {
  const bookworm = suite('bookworm');
  const from = { ...bookworm, home: join(HOME, 'packages'), root: join(HOME, 'partial') };
  await unpackPackages(from, PACKAGES, /./);
  for (const program of PROGRAMS) {
    const path = join(from.root, program);
    await run(
      'patchelf',
      ['--force-rpath', '--set-rpath', `${LIBRARY}:${join(ROOT, 'lib/x86_64-linux-gnu')}`, path],
      from,
    );
    await run('patchelf', ['--set-interpreter', join(ROOT, 'lib64/ld-linux-x86-64.so.2'), path], from);
  }
  renameSync(from.root, ROOT);
  rmSync(from.home, { recursive: true, force: true });
}

async function makeDebian(): Promise<void> {
  progress('making a Debian for images: about a minute');
  mkdirSync(HOME, { recursive: true });
  const partial = join(HOME, 'partial.tar');
  await run('mmdebstrap', ['--variant=minbase', 'bookworm', partial], { log: join(HOME, 'debian.log') });
  renameSync(partial, TOOLS.debian);
}
