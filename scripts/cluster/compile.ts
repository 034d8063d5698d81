import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './binaries.ts';
import { type Suite, suite, unpackPackages, unpackSource } from './packages.ts';
import { progress, run } from './run.ts';

const VERSION = '1.20.2';

/** Bookworm with all that compiling Kubernetes takes, and etcd. */
export async function buildTools(): Promise<Suite> {
  const bookworm = suite('bookworm');
  await unpackPackages(
    bookworm,
    ['golang-go', 'rsync', 'jq', 'etcd-server', 'golang-github-modern-go-reflect2-dev'],
    /./,
  );
  return bookworm;
}

/**
 * Compiles commands of Debian's source package `kubernetes` into `bin`, but for those that are there.
 * @param commands names of folders below its cmd/, `kubelet` for example
 */
export async function compile(bookworm: Suite, commands: readonly string[]): Promise<void> {
  const missing = commands.filter((command) => !existsSync(join(CACHE, 'bin', command)));
  if (missing.length === 0) return;
  const source = join(bookworm.home, 'kubernetes');
  await unpackSource(bookworm, 'kubernetes', source);
  replaceReflect2(bookworm, source);
  progress(`compiling ${missing.join(', ')} ${VERSION}: about ten minutes on two cores`);
  await run('make', ['all', `WHAT=${missing.map((command) => `cmd/${command}`).join(' ')}`], {
    cwd: source,
    env: environment(bookworm),
    log: bookworm.log,
  });
  for (const command of missing) keep(join(source, '_output/local/go/bin', command), command);
}

/** Puts a file into `bin`. A copy that was cut short must not pass for a program. */
export function keep(file: string, name: string): void {
  mkdirSync(join(CACHE, 'bin'), { recursive: true });
  const target = join(CACHE, 'bin', name);
  copyFileSync(file, `${target}.partial`);
  renameSync(`${target}.partial`, target);
}

/** With the vendored reflect2 1.0.1 and Go 1.19 the server dies of SIGSEGV at the first custom resource. */
function replaceReflect2(bookworm: Suite, source: string): void {
  const vendored = join(source, 'vendor/github.com/modern-go/reflect2');
  const files = readdirSync(vendored).filter((file) => /\.(go|s)$/.test(file));
  for (const file of files) rmSync(join(vendored, file));
  const packaged = join(bookworm.root, 'usr/share/gocode/src/github.com/modern-go/reflect2');
  cpSync(packaged, vendored, { recursive: true, filter: (path) => !path.endsWith('_test.go') });
}

function environment(bookworm: Suite): Record<string, string> {
  const goroot = join(bookworm.root, 'usr/lib/go-1.19');
  const tools = runnable(bookworm, ['rsync', 'jq']);
  return {
    PATH: `${tools}:${join(goroot, 'bin')}:${process.env['PATH'] ?? ''}`,
    GOROOT: goroot,
    GOFLAGS: '-p=2',
    GOCACHE: join(CACHE, 'go-build'),
    CGO_ENABLED: '0',
    KUBE_GIT_TREE_STATE: 'archive',
    KUBE_GIT_VERSION: `v${VERSION}`,
    KUBE_GIT_MAJOR: '1',
    KUBE_GIT_MINOR: '20',
    KUBE_GIT_COMMIT: 'debian',
  };
}

/**
 * Tools of the unpacked root, run by that root's own loader and libraries, so that the host's libc doesn't matter.
 * @returns the folder with a script for each
 */
function runnable(from: Suite, tools: readonly string[]): string {
  const bin = join(from.home, 'tools');
  mkdirSync(bin, { recursive: true });
  const triplet = one(join(from.root, 'lib'), /-linux-gnu/);
  const library = join(from.root, 'lib', triplet);
  const loader = join(library, one(library, /^ld-linux/));
  const path = `${library}:${join(from.root, 'usr/lib', triplet)}`;
  for (const tool of tools) {
    const command = `exec '${loader}' --library-path '${path}' '${from.root}/usr/bin/${tool}' "$@"`;
    writeFileSync(join(bin, tool), `#!/bin/sh\n${command}\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  return bin;
}

/** The one entry of a folder that has this name on this architecture. */
function one(folder: string, name: RegExp): string {
  const found = readdirSync(folder).find((entry) => name.test(entry));
  if (!found) throw new Error(`${folder} has nothing like ${name}: remove .cache/cluster/bookworm and build again`);
  return found;
}
