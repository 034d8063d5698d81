import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { freePort } from '../../executor/network/free-port.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { SSH_MEMORY_MIB, sshGuest } from '../../test/fixtures/guests/ssh.ts';
import { type Measure, measure, median, paired, throughput, time } from './measure.ts';
import { run } from './run.ts';
import { type Standalone, standalone, VMCTL } from './standalone.ts';

const ROUNDS = 5;
const NAME = 'access';
const PATH = `/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/${NAME}`;
const BYTES = 16 * 1024 * 1024;
/** What the issue of a slow console is felt at. */
const CONSOLE_BOUND_MS = 5;
const KEYSTROKES = 50;

interface Guest {
  readonly api: Standalone;
  readonly key: string;
  /** Port of this host that is forwarded to the guest's SSH server by qemu itself. */
  readonly port: number;
}

/** Ways into a guest: SSH and a forwarded port against OpenSSH on a port that qemu forwards, and the console. */
export async function access(): Promise<Measure[]> {
  await using api = await standalone();
  const guest = await boot(api);
  return [...(await logins(guest)), ...(await forwarding(guest)), await keystrokes(guest)];
}

async function boot(api: Standalone): Promise<Guest> {
  const key = join(dirname(api.home), 'key');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const [, blob] = (await readFile(`${key}.pub`, 'utf8')).split(' ');
  const { kernel, initrd, commandLine } = await sshGuest();
  await api.vmctl('image', 'import', kernel, '--name', 'kernel', '--format', 'raw');
  await api.vmctl('image', 'import', initrd, '--name', 'initrd', '--format', 'raw');
  const port = await freePort();
  const files = { image: { name: 'kernel' }, initrd: { name: 'initrd' } };
  const spec = {
    memory: { size: `${SSH_MEMORY_MIB}Mi` },
    machine: { boot: { kernel: { ...files, commandLine: `${commandLine} vmctl.key=${blob}` } } },
    interfaces: [{ name: 'eth0', network: { name: 'default' }, forwards: [{ hostPort: port, port: 22 }] }],
    ...{ graphics: [], channels: [], stop: { method: 'Force' } },
  };
  await api.apply([
    { apiVersion: API_VERSION, kind: 'VirtualMachine', metadata: { name: NAME, namespace: 'default' }, spec },
  ]);
  const guest = { api, key, port };
  for (;;) {
    const isUp = await run(ssh(guest, 'true')).then(
      () => true,
      () => false,
    );
    if (isUp) return guest;
    await sleep(500);
  }
}

const OPTIONS = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];

const ssh = ({ key, port }: Guest, ...command: string[]): string[] => [
  ...['ssh', '-F', '/dev/null', ...OPTIONS.flatMap((option) => ['-o', option]), '-i', key, '-p', String(port)],
  ...['root@127.0.0.1', ...command],
];

async function logins(guest: Guest): Promise<Measure[]> {
  const ours = () => time(() => run([VMCTL, 'ssh', `root@${NAME}`, '-i', guest.key, '--', 'true'], guest.api.env));
  const [login, plain] = await paired(ROUNDS, ours, () => time(() => run(ssh(guest, 'true'))));
  return [measure('vmctl ssh true : ssh to a forwarded port', 'ms', login, plain)];
}

/** Milliseconds until so many bytes came from a port. */
async function fetchBytes(port: number): Promise<number> {
  return time(async () => {
    const socket = connect(port, '127.0.0.1');
    let left = BYTES;
    for await (const chunk of socket) {
      left -= (chunk as Buffer).length;
      if (left <= 0) break;
    }
    if (left > 0) throw new Error(`the connection ended ${left} bytes early`);
  });
}

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(100);
  }
}

async function forwarding(guest: Guest): Promise<Measure[]> {
  await run(ssh(guest, 'nc -ll -p 7 -e /bin/cat /dev/zero >/dev/null 2>&1 </dev/null &'));
  const [ours, theirs] = [await freePort(), await freePort()];
  const tunnels = [
    spawn(VMCTL, ['port-forward', NAME, `${ours}:7`], { env: guest.api.env, stdio: 'ignore' }),
    spawn('ssh', [...ssh(guest).slice(1, -1), '-N', '-L', `127.0.0.1:${theirs}:127.0.0.1:7`, 'root@127.0.0.1'], {
      stdio: 'ignore',
    }),
  ];
  try {
    await Promise.all([listens(ours), listens(theirs)]);
    const [forwarded, tunnelled] = await paired(
      ROUNDS,
      () => fetchBytes(ours),
      () => fetchBytes(theirs),
    );
    return [throughput('port-forward : ssh -L', BYTES / 1024 / 1024, forwarded, tunnelled)];
  } finally {
    for (const tunnel of tunnels) tunnel.kill();
  }
}

/** From a key to its echo by the guest's shell, over the API's socket. */
async function keystrokes({ api }: Guest): Promise<Measure> {
  const socket = new WebSocket(`ws+unix:${join(api.home, 'api/api.sock')}:${PATH}/console?force=true&tail=0`);
  await once(socket, 'open');
  const times: number[] = [];
  for (let count = 0; count < KEYSTROKES; count += 1) {
    times.push(
      await time(async () => {
        const echo = once(socket, 'message');
        socket.send(Buffer.from('x'));
        await echo;
      }),
    );
  }
  socket.close();
  return measure('console, a key and its echo : its bound', 'ms', median(times), CONSOLE_BOUND_MS);
}
