import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { Failure } from '../../errors.ts';
import type { Host } from './connect.ts';

/** libvirt's own program on the other host. */
export interface Virsh {
  names(): Promise<string[]>;
  /** The XML that a machine starts with, without its secrets. */
  xml(name: string): Promise<string>;
  isRunning(name: string): Promise<boolean>;
  /** Asks the guest to shut down, and waits until it has. @throws Failure when it takes longer */
  shutDown(name: string, limitMs: number): Promise<void>;
  suspend(name: string): Promise<void>;
  resume(name: string): Promise<void>;
}

export function virshOn(host: Host, uri: string): Virsh {
  const ask = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await host.run(['virsh', '--quiet', '--connect', uri, ...args]);
    if (code === 0) return stdout;
    const next = code === 127 ? 'install libvirt-clients there' : undefined;
    throw new Failure(
      'failed',
      `virsh ${args[0]} on ${host.name}: ${(stderr || stdout).trim() || `exit code ${code}`}`,
      next,
    );
  };
  return {
    names: async () => (await ask('list', '--all', '--name')).split('\n').filter((name) => name !== ''),
    xml: (name) => ask('dumpxml', '--inactive', '--domain', name),
    isRunning: async (name) => !/^(shut off|crashed)/.test((await ask('domstate', '--domain', name)).trim()),
    shutDown: (name, limitMs) => shutDown(host, uri, name, limitMs),
    suspend: async (name) => void (await ask('suspend', '--domain', name)),
    resume: async (name) => void (await ask('resume', '--domain', name)),
  };
}

const POLL_MS = 500;

/** A word of virsh's own shell; a name has neither line ends nor NUL. */
const word = (name: string): string => `'${name.replaceAll("'", `'"'"'`)}'`;

/** One session of virsh, as its test driver forgets a machine's state with the connection. */
async function shutDown(host: Host, uri: string, name: string, limitMs: number): Promise<void> {
  const session = await host.start(['virsh', '--quiet', '--connect', uri]);
  const said = listen(session);
  try {
    session.write(`shutdown --domain ${word(name)}\n`);
    for (let waited = 0; waited <= limitMs; waited += POLL_MS) {
      session.write(`domstate --domain ${word(name)}\n`);
      await sleep(POLL_MS);
      if (/^shut off$/m.test(said())) return;
      if (session.closed) break;
    }
  } finally {
    session.end('quit\n');
  }
  throw new Failure(
    'timedOut',
    `${name} on ${host.name} has not shut down`,
    'shut it down there, or copy it as it runs with --live',
  );
}

function listen(session: ClientChannel): () => string {
  let text = '';
  session.on('data', (data: Buffer) => {
    text = (text + data.toString('utf8')).slice(-65536);
  });
  session.stderr.resume();
  session.on('error', () => undefined);
  return () => text;
}
