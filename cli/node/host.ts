import { string } from '@oclif/core/flags';
import { Failure, usage } from '../errors.ts';
import { connectHost, type Host, type Login } from '../import/remote/connect.ts';
import { quoted } from '../names.ts';
import type { Places } from './files.ts';
import { must } from './remote.ts';

/** Where things are on the other host, and how to log in to it. */
export const hostFlags = {
  'identity-file': string({ char: 'i', helpValue: 'FILE', description: 'Private key to log in with.' }),
  directory: string({ default: '/opt/vmctl', helpValue: 'DIR', description: 'Folder of the program on the node.' }),
  home: string({
    default: '/var/lib/vmctl',
    helpValue: 'DIR',
    description: 'Folder that its executor keeps things in.',
  }),
};

const SSH_PORT = 22;

/** `root@node-3`, `node-3`, `root@node-3:2222`, `root@[fd00::3]:2222`; root where no user is given. @throws Failure (usage) */
export function parseLogin(text: string, keyFile: string | undefined): Login {
  const pattern = /^(?:([^@\s]+)@)?(?:\[([0-9a-f:.]+)\]|([^@:\s[\]]+))(?::(\d{1,5}))?$/i;
  const [, user = 'root', bracketed, plain, port] = pattern.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host.startsWith('-'))
    throw usage(`${quoted(text)} is no host`, 'write it as root@HOST or root@HOST:PORT');
  return { user, host, port: port === undefined ? SSH_PORT : Number(port), keyFile };
}

/** @throws Failure (usage) */
export function placesOf(flags: Places): Places {
  for (const name of ['directory', 'home'] as const) {
    if (!/^\/[\w./@+-]*$/.test(flags[name]))
      throw usage(`--${name} ${quoted(flags[name])} is no absolute path`, 'begin it with /');
  }
  return { directory: flags.directory.replace(/\/+$/, ''), home: flags.home.replace(/\/+$/, '') };
}

/** Logs in as somebody who may install. @throws Failure */
export async function openHost(login: Login, note: (text: string) => void): Promise<Host> {
  const host = await connectHost(login, note, 'name a key with --identity-file, or put one into the agent');
  if ((await must(host, ['id', '-u'])) === '0') return host;
  host[Symbol.dispose]();
  throw new Failure('failed', `${login.user} is not root on ${login.host}`, `log in as root: root@${login.host}`);
}
