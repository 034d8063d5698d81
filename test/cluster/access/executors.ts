import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findQemus } from '../../../executor/qemu/process/index.ts';
import { until } from '../../e2e/until.ts';
import { endChild, endProcess } from '../../fixtures/end.ts';

const MAIN = join(import.meta.dirname, '../../../executor/main.ts');
const START_MS = 90_000;

export interface ClusterExecutor extends AsyncDisposable {
  readonly node: string;
  readonly home: string;
  log(): string;
  stop(): Promise<void>;
}

/** An executor of a cluster on a home of its own; several on one host differ by the names of their nodes. */
export async function startClusterExecutor(
  folder: string,
  node: string,
  args: readonly string[],
): Promise<ClusterExecutor> {
  const home = join(folder, node);
  await mkdir(home, { mode: 0o711 });
  await chmod(home, 0o711);
  const path = join(home, 'executor.log');
  const fd = openSync(path, 'a');
  const argv = ['--disable-warning=ExperimentalWarning', MAIN, '--home', home, '--node-name', node, ...args];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', fd, fd], env: { ...process.env, VMCTL_HOME: home } });
  closeSync(fd);
  const log = () => readFileSync(path, 'utf8');
  const what = () => `the executor of ${node} to be ready; it said:\n${log()}`;
  await until(() => child.exitCode !== null || /serving the ways into machines/.test(log()), {
    limitMs: START_MS,
    what,
  });
  if (child.exitCode !== null) throw new Error(what());
  const stop = () => endChild(child);
  return {
    ...{ node, home, log, stop },
    async [Symbol.asyncDispose]() {
      await stop();
      for (const { pid, argv: words } of findQemus().values()) {
        if (words.some((word) => word.includes(home))) endProcess(pid);
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
