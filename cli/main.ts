import { dirname } from 'node:path';
import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import { commandFirst, nearest } from './argv.ts';
import { EXIT, errorText, tell, usage } from './errors.ts';
import { own } from './own.ts';
import { type Package, readPackage, rootPlugin } from './plugin.ts';

const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (word, i) => /^(-o=?|--output=)json$/.test(word) || (/^(-o|--output)$/.test(word) && argv[i + 1] === 'json'),
  );

/** Refuses a word that is no command, naming the one that was probably meant. */
function checkCommand(argv: readonly string[], commands: Package['commands']): void {
  const [first = '', second = ''] = argv;
  if (first === '' || first.startsWith('-') || first === 'help') return;
  const words = Object.keys(commands).map((id) => id.split(':'));
  const visible = words.filter((id) => commands[id.join(':')]?.hidden !== true);
  const group = visible.filter((id) => id[0] === first);
  if (
    words.some((id) => id[0] === first) &&
    (group.length <= 1 || own(commands, first) || second.startsWith('-') || !second)
  )
    return;
  const known = group.length > 0 ? group.map((id) => id[1] ?? '') : visible.map((id) => id[0] ?? '');
  const [word, before] = group.length > 0 ? [second, `${first} `] : [first, ''];
  if (known.includes(word)) return;
  const meant = nearest(word, [...new Set(known)]);
  const next = meant === undefined ? 'see: vmctl --help' : `did you mean: vmctl ${before}${meant}`;
  throw usage(`"${before}${word}" is not a command`, next);
}

/** The commands that one line can mean, so that oclif has little to look through; help is about all of them. */
function relevant(pack: Package, [first = '', ...rest]: readonly string[]): Package {
  if (first === '' || first.startsWith('-') || rest.some((word) => word === '--help' || word === '-h')) return pack;
  const entries = Object.entries(pack.commands).filter(([id]) => id === first || id.startsWith(`${first}:`));
  return { ...pack, commands: Object.fromEntries(entries) };
}

async function dispatch(argv: string[], root: string): Promise<void> {
  const pack = readPackage(root);
  const command = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  checkCommand(command, pack.commands);
  // oclif reads a theme file from the user's configuration at each start otherwise.
  process.env['VMCTL_DISABLE_THEME'] ??= '1';
  const plugins = [rootPlugin(relevant(pack, command))] as unknown as NonNullable<
    ConstructorParameters<typeof Config>[0]['plugins']
  >;
  const config = await Config.load({ root, plugins, devPlugins: false, userPlugins: false });
  await run(command, config);
}

/** Runs one command line and resolves with its exit code. */
export async function main(
  argv = process.argv.slice(2),
  root = dirname(dirname(import.meta.dirname)),
): Promise<number> {
  try {
    await dispatch(commandFirst(argv), root);
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    const exit = (error as { oclif?: { exit?: number } }).oclif?.exit;
    if (exit === 0) return EXIT.done;
    const what = tell(error);
    process.stderr.write(errorText(what, wantsJson(argv)));
    if (process.env['VMCTL_DEBUG']) console.error(error);
    return what.code;
  }
}
