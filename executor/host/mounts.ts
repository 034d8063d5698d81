import { readFile } from 'node:fs/promises';

/** One line of mountinfo, as far as it matters here. */
export interface MountEntry {
  readonly target: string;
  readonly type: string;
  /** What is mounted: a device, or `server:/path`. */
  readonly source: string;
}

/** Space, tab, newline and backslash are written as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Reads proc(5)'s mountinfo: `ID PARENT DEV ROOT TARGET OPTIONS [FIELD…] - TYPE SOURCE SUPER`. */
export function parseMounts(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    const target = before.split(' ')[4];
    const [type, source] = after?.split(' ') ?? [];
    if (target === undefined || type === undefined || source === undefined) return [];
    return [{ target: unescaped(target), type, source: unescaped(source) }];
  });
}

/** What is mounted in this process's name space, in the order in which it was: the last of several on one folder counts. */
export const readMounts = async (): Promise<MountEntry[]> =>
  parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
