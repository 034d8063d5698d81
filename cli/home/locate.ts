import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { string } from '@oclif/core/flags';
import { defaultHome } from '../../schemas/home.ts';

export const homeFlag = string({
  env: 'VMCTL_HOME',
  helpValue: 'FOLDER',
  description:
    'Folder that everything is kept in; /var/lib/vmctl for root, ~/.local/share/vmctl for others where not given.',
});

/** Absolute path of the home that is asked for. */
export function locateHome(flag: string | undefined): string {
  const home = flag ?? defaultHome(process.env, process.getuid?.() ?? 0, homedir());
  return isAbsolute(home) ? resolve(home) : resolve(process.cwd(), home);
}
