import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { sourceLines } from './packages.ts';

/** Programs that the build starts, and Debian's packages of them. */
const TOOLS = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  mformat: 'mtools',
  mcopy: 'mtools',
  chroot: 'coreutils',
  tar: 'tar',
  'qemu-img': 'qemu-utils',
} as const;

/** Programs for administrators are not on every user's path. */
const PATH = [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(':');
const env = { PATH, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** @throws Failure naming the packages that are missing, or that it is not root who asks */
export async function requireTools(): Promise<void> {
  const found = await Promise.all(
    Object.entries(TOOLS).map(async ([program, name]) => {
      const { exitCode } = await execa('which', [program], { env, reject: false });
      return exitCode === 0 ? [] : [name];
    }),
  );
  const missing = [...new Set(found.flat())].sort();
  if (missing.length > 0) {
    const hint = `install them as root: apt-get install --no-install-recommends ${missing.join(' ')}`;
    throw new Failure('failed', `these packages are missing here: ${missing.join(', ')}`, hint);
  }
  if (process.getuid?.() !== 0) {
    throw new Failure('failed', 'only root can make the files of a whole system', 'run it with sudo');
  }
}

/** Runs one program of the build, what it says going to a file. @throws Failure with its last words */
export type Step = (program: string, args: readonly string[]) => Promise<void>;

const LAST_LINES = 8;

export const step =
  (log: string, cancelSignal: AbortSignal): Step =>
  async (program, args) => {
    const output = createWriteStream(log);
    await new Promise((resolve) => output.once('open', resolve));
    const { failed, shortMessage, isCanceled } = await execa(program, args, {
      ...{ env, reject: false, stdin: 'ignore', stdout: output, stderr: output },
      ...{ cleanup: true, cancelSignal },
    });
    output.end();
    await finished(output);
    if (!failed) return;
    if (isCanceled) throw new Failure('failed', 'interrupted; nothing is left of the image');
    const words = (await readFile(log, 'utf8')).trim().split('\n').slice(-LAST_LINES).join('\n');
    throw new Failure('failed', `${shortMessage?.split('\n')[0] ?? program}; it said last:\n${words}`);
  };

/** Where the packages come from, then and later: a mirror that was named, else the one that the host itself uses. @throws Failure */
export async function hostSources(suite: string, mirror: string | undefined): Promise<string[]> {
  if (mirror !== undefined) return sourceLines(suite, mirror);
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)'], {
    env,
    reject: false,
  });
  const uris = (stdout ?? '').split('\n').flatMap((line) => /^Debian (https?:\S+)$/.exec(line)?.[1] ?? []);
  const security = uris.find((uri) => uri.includes('security'));
  const own = uris.find((uri) => uri !== security);
  if (own !== undefined) return sourceLines(suite, own, security);
  throw new Failure('failed', "this host's apt knows no mirror of Debian", 'name one with --mirror http://HOST/debian');
}
