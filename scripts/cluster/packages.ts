import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { CACHE } from './binaries.ts';
import { progress, run } from './run.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A Debian suite unpacked into a folder of ours; the host's own package state and sources are never touched. */
export interface Suite {
  readonly name: string;
  readonly home: string;
  /** Where the packages are unpacked: has usr/, lib/ … */
  readonly root: string;
  readonly log: string;
}

/** The mirror that the host itself uses for Debian. @throws where it uses none */
function mirror(): string {
  const { stdout: targets } = execaSync('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)']);
  const uris = targets
    .split('\n')
    .flatMap((line) => (line.startsWith('Debian ') ? [line.slice('Debian '.length)] : []));
  const uri = uris.find((it) => !it.includes('security'));
  if (!uri) throw new Error('apt knows no Debian mirror: add one to its sources and run apt-get update');
  return uri;
}

export function suite(name: string): Suite {
  const home = join(CACHE, name);
  return { name, home, root: join(home, 'root'), log: join(CACHE, 'log', `${name}.log`) };
}

/**
 * The apt configuration of a suite. Its own lists keep suites out of the host's configuration, and the empty status file
 * makes apt resolve every dependency as if nothing were installed.
 */
function configure(home: string, name: string): Record<string, string> {
  for (const folder of ['lists/partial', 'state', 'cache/archives/partial', 'parts', 'preferences']) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  writeFileSync(join(home, 'status'), '');
  const from = `[signed-by=${KEYRING}] ${mirror()} ${name} main`;
  writeFileSync(join(home, 'sources.list'), `deb ${from}\ndeb-src ${from}\n`);
  const config = {
    'Dir::Etc::sourcelist': 'sources.list',
    'Dir::Etc::sourceparts': 'parts',
    'Dir::Etc::preferences': 'no-preferences',
    'Dir::Etc::preferencesparts': 'preferences',
    'Dir::State': 'state',
    'Dir::State::lists': 'lists',
    'Dir::State::status': 'status',
    'Dir::Cache': 'cache',
  };
  const lines = Object.entries(config).map(([key, value]) => `${key} "${join(home, value)}";`);
  writeFileSync(join(home, 'apt.conf'), [...lines, 'APT::Install-Recommends "false";', ''].join('\n'));
  return { APT_CONFIG: join(home, 'apt.conf') };
}

/** Runs apt for a suite in `cwd`; `apt-get update` must have been run once. */
async function apt(from: Suite, args: readonly string[], cwd = from.home): Promise<string> {
  const env = configure(from.home, from.name);
  return run('apt-get', args, { cwd, env, log: from.log });
}

/** Downloads packages with all they depend on and unpacks those that `wanted` names. Does nothing the second time. */
export async function unpackPackages(from: Suite, names: readonly string[], wanted: RegExp): Promise<void> {
  if (existsSync(from.root)) return;
  progress(`${from.name}: reading the lists of packages`);
  mkdirSync(from.home, { recursive: true });
  await apt(from, ['update']);
  progress(`${from.name}: downloading ${names.join(', ')} and what they need`);
  await apt(from, ['install', '--download-only', '--yes', ...names]);
  const archives = join(from.home, 'cache', 'archives');
  const files = readdirSync(archives).filter((file) => file.endsWith('.deb') && wanted.test(file));
  progress(`${from.name}: unpacking ${files.length} packages`);
  const partial = `${from.root}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  for (const file of files) await run('dpkg', ['-x', join(archives, file), partial], { log: from.log });
  renameSync(partial, from.root);
}

/** Downloads a source package into a new `folder`, its patches applied, unless it is there. */
export async function unpackSource(from: Suite, name: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  progress(`${from.name}: downloading the source of ${name}`);
  await apt(from, ['source', '--download-only', '--only-source', name]);
  const dsc = readdirSync(from.home).find((file) => file.startsWith(`${name}_`) && file.endsWith('.dsc'));
  if (!dsc) throw new Error(`apt-get source ${name} of ${from.name} left no .dsc in ${from.home}`);
  progress(`${from.name}: unpacking ${dsc}`);
  rmSync(`${folder}.partial`, { recursive: true, force: true });
  await run('dpkg-source', ['--no-check', '--extract', dsc, `${folder}.partial`], { cwd: from.home, log: from.log });
  renameSync(`${folder}.partial`, folder);
}
