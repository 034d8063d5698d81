import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How each viewer is told where the screen is; the first that is installed is started. */
const VIEWERS: readonly { readonly program: string; readonly args: (host: string, port: number) => string[] }[] = [
  { program: 'remote-viewer', args: (host, port) => [`vnc://${host}:${port}`] },
  { program: 'vncviewer', args: (host, port) => [`${host}::${port}`] },
  { program: 'gvncviewer', args: (host, port) => [`${host}::${port}`] },
  { program: 'vinagre', args: (host, port) => [`${host}::${port}`] },
  { program: 'krdc', args: (host, port) => [`vnc://${host}:${port}`] },
];

export const viewerNames = VIEWERS.map(({ program }) => program);

/** A program on the PATH. */
export function onPath(program: string, path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The command of the first viewer that is installed. */
export function viewerCommand(host: string, port: number, path?: string): readonly [string, ...string[]] | undefined {
  for (const { program, args } of VIEWERS) {
    const file = onPath(program, path);
    if (file) return [file, ...args(host, port)];
  }
  return undefined;
}
