import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { missingServers } from '../cluster/binaries.ts';
import { prepareTools, whyNoKubelet } from './tools.ts';

/*
 * Runs the tests of test/kubelet where they can do no harm: in network, process and mount namespaces and control groups of
 * their own, with what looks like a host. Everything that they start ends with the first process in there.
 */
const GROUPS = '/sys/fs/cgroup';
const ROOT = join(import.meta.dirname, '../..');
/** Joins the groups whose files come before `--`, and becomes what comes after it. */
const JOIN = 'for file; do [ "$file" != -- ] || break; shift; echo $$ >"$file"; done; shift; exec "$@"';

const missing =
  missingServers(['kube-controller-manager', 'kube-scheduler']) ?? (await whyNoKubelet()) ?? (await whyUnprepared());
if (missing) console.warn(`skipped: a real kubelet: ${missing}`);
else process.exitCode = await runInside(process.argv.slice(2));

/** Why what is built here could not be; it is there where nothing is said. */
function whyUnprepared(): Promise<string | undefined> {
  return prepareTools().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

async function runInside(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-kubelet-'));
  const groups = makeGroups(basename(folder));
  const vitest = [process.execPath, '--disable-warning=ExperimentalWarning', 'node_modules/vitest/vitest.mjs', 'run'];
  const command = [...vitest, '--config', 'vitest.kubelet.config.ts', ...args];
  const namespaces = [
    '--net',
    '--mount',
    '--uts',
    '--ipc',
    '--cgroup',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child=SIGKILL',
  ];
  const inside = ['unshare', ...namespaces, 'sh', join(import.meta.dirname, 'host.sh'), folder, ...command];
  const procs = groups.map((group) => join(group, 'cgroup.procs'));
  try {
    const env = { ...process.env, VMCTL_TEST_HOST: folder };
    const child = spawn('sh', ['-c', JOIN, 'join', ...procs, '--', ...inside], { stdio: 'inherit', cwd: ROOT, env });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    for (const group of groups) removeGroup(group);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One in each hierarchy of version 1; what a set of processors is made of must be said before anybody may be in it. */
function makeGroups(name: string): string[] {
  const hierarchies = readdirSync(GROUPS).filter((entry) => existsSync(join(GROUPS, entry, 'tasks')));
  return hierarchies.map((hierarchy) => {
    const group = join(GROUPS, hierarchy, name);
    mkdirSync(group);
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const above = join(GROUPS, hierarchy, file);
      if (existsSync(above)) writeFileSync(join(group, file), readFileSync(above));
    }
    return group;
  });
}

function removeGroup(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(group, entry.name));
  rmdirSync(group);
}
