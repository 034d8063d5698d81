import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { connectQmp, type Qmp } from '../../executor/qmp/index.ts';

/** The command line of a machine's qemu as it runs now, and the folder of its sockets and log. */
export interface Recipe {
  readonly argv: readonly string[];
  readonly runDir: string;
}

const QMP_SOCKET = /"path":"([^"]*)"|path=([^,]*)/;

export async function recipeOf(pid: number): Promise<Recipe> {
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const socket = argv.map((argument) => QMP_SOCKET.exec(argument)).find((match) => match !== null);
  const path = socket?.[1] ?? socket?.[2];
  if (path === undefined) throw new Error(`no socket in the command line of ${pid}: ${argv.join(' ')}`);
  return { argv, runDir: dirname(path) };
}

/** The same qemu as a machine's, started by hand on a copy of its disk and in a folder of its own. */
export interface ByHand extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly log: string;
  readonly disk: string;
  qmp(): Promise<Qmp>;
}

/** The file that a qemu of this command line keeps its serial console's output in. */
export const logOf = (argv: readonly string[]): string => {
  const match = argv.map((argument) => /"logfile":"([^"]*)"|logfile=([^,]*)/.exec(argument)).find((it) => it !== null);
  return match?.[1] ?? match?.[2] ?? '';
};

async function connect(path: string): Promise<Qmp> {
  for (;;) {
    try {
      return await connectQmp(path);
    } catch {
      await sleep(2);
    }
  }
}

/** Prepares and starts it. `started` is called at the moment before the process is made. */
export async function startByHand(recipe: Recipe, disk: string, started: () => void = () => {}): Promise<ByHand> {
  const folder = await mkdtemp(join(tmpdir(), 'by-hand-'));
  const copy = join(folder, 'disk');
  await cp(disk, copy);
  const own = (argument: string) => argument.replaceAll(recipe.runDir, folder).replaceAll(disk, copy);
  // The serial console is a pair of files: what is typed comes from a pipe, what is said goes to the log.
  await execa('mkfifo', [join(folder, 'serial0.in')]);
  await symlink('/dev/null', join(folder, 'serial0.out'));
  const argv = recipe.argv.map(own).filter((argument) => argument !== '-S');
  started();
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    child,
    log: logOf(argv),
    disk: copy,
    qmp: () => connect(join(folder, 'qmp.sock')),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
