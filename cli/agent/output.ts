import { neutralise, visible } from '../../schemas/types/untrusted.ts';

/** A guest may have 64 interfaces with 32 addresses each; nobody reads them all here. */
const LONGEST_LINE = 500;

/** A stream to write to, and whether a person reads it. */
type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** What a guest wrote: bytes as they are for a program, and for a terminal only what it may not obey. */
export function writeGuest(out: Out, base64: string, raw: boolean): void {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0) return;
  out.write(out.isTTY && !raw ? visible(bytes.toString('utf8')) : bytes);
}

interface GuestInfo {
  readonly agentVersion?: string;
  readonly hostName?: string;
  readonly os?: string;
  readonly kernel?: string;
  readonly interfaces?: readonly { readonly name: string; readonly addresses?: readonly string[] }[];
  readonly commands?: readonly string[];
}

/** What a person wants to know of an agent, a line each. */
export function infoText({ agentVersion, hostName, os, kernel, interfaces = [], commands = [] }: GuestInfo): string {
  const rows: [string, string | undefined][] = [
    ['Agent', agentVersion],
    ['Host name', hostName],
    ['System', os],
    ['Kernel', kernel],
    ...interfaces.map(({ name, addresses = [] }): [string, string] => [name, addresses.join(', ')]),
    ['Commands', String(commands.length)],
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  const width = Math.max(...shown.map(([title]) => title.length)) + 2;
  return shown
    .map(([title, value]) => `${`${neutralise(title, 64)}:`.padEnd(width)}${neutralise(value, LONGEST_LINE)}`)
    .join('\n');
}
