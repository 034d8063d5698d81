import { readFileSync } from 'node:fs';
import type { Command } from '@oclif/core/command';
import type { Plugin } from '@oclif/core/interfaces';

/** Package of this program: the folder that holds package.json, oclif.manifest.json and dist/. */
export interface Package {
  readonly root: string;
  readonly pjson: Plugin['pjson'];
  readonly commands: Readonly<Record<string, Command.Cached>>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

export function readPackage(root: string): Package {
  const { commands } = readJson(`${root}/oclif.manifest.json`) as Pick<Package, 'commands'>;
  return { root, pjson: readJson(`${root}/package.json`) as Plugin['pjson'], commands };
}

/** The bundler makes a table of this import: each command is a module that is evaluated when it is asked for. */
async function loadCommand(id: string, topic: boolean): Promise<Command.Class> {
  const path = id.replaceAll(':', '/') + (topic ? '/index' : '');
  return ((await import(`./commands/${path}.ts`)) as { default: Command.Class }).default;
}

const isTopic = (id: string, all: Package['commands']): boolean =>
  Object.keys(all).some((other) => other.startsWith(`${id}:`));

/** The package as oclif's only plugin, from its manifest alone. */
export function rootPlugin({ root, pjson, commands }: Package): Plugin {
  const load = async (id: string): Promise<Command.Class> => {
    const command = await loadCommand(id, isTopic(id, commands));
    return Object.assign(command, { id, plugin });
  };
  const topics = [
    ...Object.entries(pjson.oclif.topics ?? {}).map(([name, topic]) => ({ ...topic, name })),
    // oclif takes every command for a topic below which it finds others, and finds `up:` in `backup:create`.
    ...Object.keys(commands).flatMap((name) => (isTopic(name, commands) ? [] : [{ name, hidden: true }])),
  ];
  const plugin = {
    ...{ name: pjson.name, alias: pjson.name, version: pjson.version, root, pjson, topics },
    ...{ type: 'core', moduleType: 'commonjs', isRoot: true, valid: true, hasManifest: true, hooks: {} },
    _base: '',
    commandIDs: Object.keys(commands),
    commands: Object.values(commands).map((command) => ({ ...command, load: () => load(command.id) })),
    findCommand: load,
    load: async () => {},
  };
  return plugin as unknown as Plugin;
}
