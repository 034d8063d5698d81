import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from '@oclif/core/command';

type CacheCommand = (command: unknown, plugin: unknown, keepDynamic: boolean) => Promise<Command.Cached>;

export interface Manifest {
  readonly version: string;
  readonly commands: Readonly<Record<string, Command.Cached>>;
}

/** `snapshot/create.ts` is the command `snapshot:create`, `snapshot/index.ts` is `snapshot`. */
export const commandId = (file: string): string =>
  file
    .replace(/\.ts$/, '')
    .replace(/(^|\/)index$/, '')
    .replaceAll('/', ':');

/** oclif keeps this function to itself, but its own tool writes manifests with it. */
const cacheCommand = (root: string): CacheCommand => {
  const file = join(root, 'node_modules/@oclif/core/lib/util/cache-command.js');
  return (createRequire(import.meta.url)(file) as { cacheCommand: CacheCommand }).cacheCommand;
};

/** What help, flags and names of all commands are, so that none has to be loaded to know. */
export async function manifest(root: string, version: string): Promise<Manifest> {
  const folder = join(root, 'cli/commands');
  const cache = cacheCommand(root);
  const plugin = { name: 'vmctl', alias: 'vmctl', type: 'core', root, version, pjson: { oclif: {} } };
  const files = globSync('**/*.ts', { cwd: folder }).sort();
  const entries = files.map(async (file) => {
    const id = commandId(file);
    const { default: command } = (await import(join(folder, file))) as { default: Command.Class };
    command.id = id;
    return [id, { ...(await cache(command, plugin, false)), id }] as const;
  });
  return { version, commands: Object.fromEntries(await Promise.all(entries)) };
}
