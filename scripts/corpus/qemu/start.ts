import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from '../argv/options.ts';
import { argumentsFrom } from './print.ts';
import { standIns } from './stand-in.ts';

const QEMU = 'qemu-system-x86_64';

/** A start takes a third of a second. Milliseconds. */
const PATIENCE = 20_000;

export interface Start {
  readonly ok: boolean;
  /** What qemu says where it does not start. */
  readonly said: string;
}

const ASK = ['{"execute":"qmp_capabilities"}', '{"execute":"query-status"}', '{"execute":"quit"}', ''].join('\n');

function run(args: readonly string[]): Promise<Start> {
  return new Promise((resolve) => {
    const child = execFile(
      QEMU,
      args,
      { timeout: PATIENCE, killSignal: 'SIGKILL', encoding: 'utf8' },
      (_, stdout, stderr) => resolve({ ok: /"status": "prelaunch"/.test(stdout), said: stderr.trim() }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(ASK);
  });
}

/** A change of the stand-ins makes other lines; this one's number goes up where they mean something else. */
const VERSION = 1;

/**
 * Whether the installed qemu takes a machine: started with `-S`, the host's things replaced by ones that exist, and asked over QMP.
 *
 * @param cache folder with the answers of lines that were tried before.
 */
export async function takes(args: readonly string[], cache: string): Promise<Start> {
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, args]))
    .digest('hex');
  const file = join(cache, `${key}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Start;
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-corpus-'));
  try {
    const words = standIns(readOptions(args), folder).flatMap(argumentsFrom);
    const start = await run(['-S', '-accel', 'tcg', '-qmp', 'stdio', ...words]);
    mkdirSync(cache, { recursive: true });
    writeFileSync(file, JSON.stringify(start));
    return start;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A few at a time. */
export async function inTurns<T>(list: readonly T[], most: number, act: (item: T) => Promise<void>): Promise<void> {
  const rest = [...list];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
