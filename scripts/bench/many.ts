import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { type Recipe, recipeOf } from './by-hand.ts';
import { disk, image, machine } from './machines.ts';
import { type Measure, measure, time } from './measure.ts';
import { run } from './run.ts';
import { type Standalone, standalone } from './standalone.ts';
import { type Any, ready, runs, until } from './watch.ts';

const COUNT = 50;
const NAMES = Array.from({ length: COUNT }, (_, i) => `m${i}`);
const MIB = 1024;

/** 50 machines applied at once until all run, against a shell loop; and what they add to the executor's memory. */
export async function many(): Promise<Measure[]> {
  await using api = await standalone();
  const { client } = api;
  await api.apply([await image(dirname(api.home)), ...NAMES.map((name) => disk(name))]);
  await until<Any>(client, 'VirtualMachineDisk', NAMES, ready);
  const before = await residentMiB(api);
  let machines = new Map<string, Any>();
  const ours = await time(async () => {
    await api.apply(NAMES.map((name) => machine(name, name)));
    machines = await until<Any>(client, 'VirtualMachine', NAMES, runs);
  });
  const after = await residentMiB(api);
  const recipes = await Promise.all(
    [...machines.values()].map((it) => recipeOf((it as unknown as VirtualMachine).status?.pid ?? 0)),
  );
  await run(['kubectl', 'delete', 'vm', '--all', '--wait=true'], api.env);
  const loop = await shellLoop(recipes);
  return [
    measure(`${COUNT} machines applied at once until all run : a shell loop`, 'ms', ours, loop),
    measure('executor with no machine : its bound', 'MiB', before, 100),
    measure(`executor with ${COUNT} machines : with none`, 'MiB', after, before),
  ];
}

async function residentMiB(api: Standalone): Promise<number> {
  const status = await readFile(`/proc/${api.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / MIB;
}

const quoted = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`;

/** The same 50 command lines in a script, each in the background, until each one's QMP socket is there. */
async function shellLoop(recipes: readonly Recipe[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-loop-'));
  const lines = recipes.flatMap(({ argv, runDir }, i) => {
    const own = join(folder, String(i));
    const line = argv.filter((it) => it !== '-S').map((it) => quoted(it.replaceAll(runDir, own)));
    return [
      `mkdir ${quoted(own)}`,
      `mkfifo ${quoted(join(own, 'serial0.in'))}`,
      `ln -s /dev/null ${quoted(join(own, 'serial0.out'))}`,
      `${line.join(' ')} </dev/null >/dev/null 2>&1 &`,
      `echo $! >>${quoted(join(folder, 'pids'))}`,
    ];
  });
  const wait = `for i in $(seq 0 ${recipes.length - 1}); do until [ -S ${quoted(folder)}/$i/qmp.sock ]; do sleep 0.005; done; done`;
  const script = join(folder, 'loop.sh');
  await writeFile(script, [...lines, wait, ''].join('\n'));
  try {
    return await time(() => finished(script));
  } finally {
    const pids = (await readFile(join(folder, 'pids'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '');
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** The script's own end; what it left in the background goes on. */
const finished = (script: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', [script], { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the shell loop exited with ${code}`))));
  });
