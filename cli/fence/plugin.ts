import { readFile } from 'node:fs/promises';
import { usage } from '../errors.ts';
import { quoted } from '../names.ts';

/** How an administrator's nodes are turned off: the words of a command for each, and those for all others. */
interface Plugins {
  readonly nodes?: Readonly<Record<string, unknown>>;
  readonly default?: unknown;
}

const HINT = 'write nodes: {NODE: [ipmitool, -H, 192.0.2.7, …]}, or default: [ipmitool, -H, "bmc-{node}", …]';

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string' && word !== '');

/** The command that turns one node off; `{node}` stands for its name. Pure. @throws Failure */
export function commandFor(plugins: unknown, node: string): string[] {
  const { nodes, default: others } = (typeof plugins === 'object' && plugins !== null ? plugins : {}) as Plugins;
  const words = nodes && Object.hasOwn(nodes, node) ? nodes[node] : others;
  if (words === undefined) throw usage(`the plug-ins name no command for the node ${quoted(node)}`, HINT);
  if (!isWords(words)) throw usage(`the command for the node ${quoted(node)} is no list of words`, HINT);
  return words.map((word) => word.replaceAll('{node}', node));
}

/** Reads a file of plug-ins, YAML or JSON. @throws Failure */
export async function readCommand(file: string, node: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw usage(`cannot read ${quoted(file)}: ${error.message}`);
  });
  const { parse } = await import('yaml');
  try {
    return commandFor(parse(text), node);
  } catch (error) {
    if ((error as Error).name === 'YAMLParseError') throw usage(`${quoted(file)}: ${(error as Error).message}`, HINT);
    throw error;
  }
}
