import { readFile, writeFile } from 'node:fs/promises';

/** A setting of the kernel below /proc/sys/net, of our network namespace: `ipv4/ip_forward`. */
export type Setting = string;

const pathOf = (setting: Setting): string => `/proc/sys/net/${setting}`;

/** The value; nothing where the kernel has no such setting. */
export async function readSetting(setting: Setting): Promise<string | undefined> {
  try {
    return (await readFile(pathOf(setting), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const writeSetting = (setting: Setting, value: string): Promise<void> =>
  writeFile(pathOf(setting), `${value}\n`);
