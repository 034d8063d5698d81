import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { built, CACHE } from './binaries.ts';
import { suite, unpackPackages } from './packages.ts';
import { progress, run } from './run.ts';

/** The packages' own series of Kubernetes: golang-k8s-apiextensions-apiserver-dev 0.36.x is of 1.36. */
const PACKAGE = 'golang-k8s-apiextensions-apiserver-dev';

/** Builds the CRD server of the current Kubernetes from sid's library packages, with sid's Go. */
export async function buildCrdServer(): Promise<void> {
  const target = built('apiextensions-apiserver');
  if (existsSync(target)) return;
  const sid = suite('sid');
  await unpackPackages(sid, [PACKAGE, 'golang-go'], /^golang-/);
  const version = readdirSync(join(sid.home, 'cache/archives')).find((file) => file.startsWith(PACKAGE));
  progress(`compiling apiextensions-apiserver of ${version?.split('_')[1]}: some minutes on two cores`);
  mkdirSync(join(CACHE, 'bin'), { recursive: true });
  const partial = `${target}.partial`;
  await run(join(goroot(sid.root), 'bin/go'), ['build', '-o', partial, 'k8s.io/apiextensions-apiserver'], {
    cwd: sid.home,
    env: {
      GO111MODULE: 'off',
      GOROOT: goroot(sid.root),
      GOPATH: join(sid.root, 'usr/share/gocode'),
      GOFLAGS: '-p=2',
      GOCACHE: join(CACHE, 'go-build'),
      CGO_ENABLED: '0',
    },
    log: sid.log,
  });
  renameSync(partial, target);
}

function goroot(root: string): string {
  const lib = join(root, 'usr/lib');
  const name = readdirSync(lib).find((folder) => /^go-\d/.test(folder));
  if (!name) throw new Error(`${lib} has no go-*: remove its suite's folder and build again`);
  return join(lib, name);
}
