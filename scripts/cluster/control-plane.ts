import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './binaries.ts';
import { buildTools, compile, keep } from './compile.ts';

const BUILT_HERE = ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager'] as const;

/**
 * Builds etcd and a whole control plane from bookworm. kube-apiserver's own 1.20.2 is the oldest one that a user could
 * meet; it is also the core that the newer CRD server stands on.
 */
export async function buildControlPlane(): Promise<void> {
  if ([...BUILT_HERE, 'etcd' as const].every((server) => existsSync(built(server)))) return;
  const bookworm = await buildTools();
  keep(join(bookworm.root, 'usr/bin/etcd'), 'etcd');
  await compile(bookworm, BUILT_HERE);
}
