import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The command of the editor, as kubectl chooses it; it may have arguments, such as `code --wait`. */
export const editorCommand = (env: Env): string[] =>
  (env['KUBE_EDITOR'] || env['VISUAL'] || env['EDITOR'] || 'vi').trim().split(/\s+/);

async function run([command = 'vi', ...args]: readonly string[], file: string): Promise<void> {
  const { execa } = await import('../chunks/run.ts');
  // Not killed with us: it holds what the person typed.
  const how = await execa(command, [...args, file], { stdio: 'inherit', reject: false, cleanup: false });
  if (!how.failed) return;
  const hint = 'choose another one with $EDITOR';
  const { exitCode, signal, originalMessage, cause } = how;
  if (exitCode === undefined && signal === undefined)
    throw new Failure('failed', `cannot start the editor ${command}: ${originalMessage}`, hint, { cause });
  const end = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  throw new Failure('failed', `the editor ${command} ${end}; nothing was changed`, hint);
}

/** A private file that a person edits, maybe more than once. */
export interface Draft extends AsyncDisposable {
  readonly path: string;
  /** Opens the editor on a text and returns what was saved. */
  edit(text: string): Promise<string>;
  /** Leaves the file where it is, so that work is not lost. */
  keep(): void;
}

export async function openDraft(name: string, env: Env): Promise<Draft> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-edit-'));
  const path = join(folder, `${name}.yaml`);
  let isKept = false;
  return {
    path,
    edit: async (text) => {
      await writeFile(path, text, { mode: 0o600 });
      await run(editorCommand(env), path);
      return readFile(path, 'utf8');
    },
    keep: () => {
      isKept = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (!isKept) await rm(folder, { recursive: true, force: true });
    },
  };
}
