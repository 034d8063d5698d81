import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import WebSocket from 'ws';
import { findPassts } from '../../executor/network/passt/process.ts';
import { passtMac } from '../../executor/qemu/identifiers.ts';
import { smallMachine, type TestExecutor } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { SSH_MEMORY_MIB, sshGuest } from '../fixtures/guests/ssh.ts';
import { ask } from './host.ts';

const ANSWER_MS = 60_000;

/** A machine `web` whose guest answers with what it hears on the TCP ports 7 and 8 and on the UDP port 9. */
export async function createEcho(executor: TestExecutor, eth0: object): Promise<void> {
  const { kernel, initrd, commandLine } = await sshGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  const files = { image: { name: 'kernel' }, initrd: { name: 'initrd' } };
  const boot = { kernel: { ...files, commandLine: commandLine.replace('vmctl.net', 'vmctl.dhcp') } };
  const spec = {
    memory: { size: `${SSH_MEMORY_MIB}Mi` },
    machine: { boot },
    disks: [],
    interfaces: [{ name: 'eth0', network: { name: 'open' }, ...eth0 }],
  };
  await executor.create('VirtualMachine', 'web', smallMachine('none', spec));
  await executor.says('web', /ready[\s\S]*# /);
  const listen = (port: number) => `nc -ll -p ${port} -e /bin/cat >/dev/null 2>&1 &`;
  await ask(executor, 'web', `${listen(7)} ${listen(8)} true`);
}

/** The process that carries an interface of `web`; nothing where there is none. */
export async function passtOf(executor: TestExecutor, nic = 'eth0'): Promise<number | undefined> {
  const { metadata } = await executor.eventually('VirtualMachine', 'web', (machine) => machine);
  return findPassts().get(passtMac(metadata.uid ?? '', nic))?.pid;
}

/** Ends the passt of `web` hard, after what is to happen to it first. @returns its pid */
export async function killPasst(executor: TestExecutor, before = async (_pid: number) => {}): Promise<number> {
  const pid = await passtOf(executor);
  // Of 0, this process' whole group would end.
  if (!pid) throw new Error('nothing carries the packets of web');
  await before(pid);
  process.kill(pid, 'SIGKILL');
  return pid;
}

const API = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/portforward';

/** A stream of the API to a port of `web`, `8/tcp`. */
async function openStream(executor: TestExecutor, port: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws+unix:${join(executor.home, 'api/api.sock')}:${API}/${port}`);
  await once(socket, 'open');
  return socket;
}

/** Waits until an executor that has just started takes streams to `web` again. */
export async function foundAgain(executor: TestExecutor): Promise<void> {
  const found = () =>
    openStream(executor, '7').then(
      (socket) => {
        socket.close();
        return true;
      },
      () => false,
    );
  await until(found, { limitMs: 60_000, what: () => 'the machine to be found again' });
}

/** Sends words over a stream of the API, again and again where they may get lost. @returns the first answer */
export async function throughApi(executor: TestExecutor, port: string, words: string): Promise<string> {
  const socket = await openStream(executor, port);
  const say = () => socket.send(Buffer.from(words));
  say();
  const again = port.endsWith('/udp') ? setInterval(say, 300) : undefined;
  try {
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    return String(answer);
  } catch (cause) {
    throw new Error(`no answer came from port ${port} of web within ${ANSWER_MS} ms`, { cause });
  } finally {
    clearInterval(again);
    socket.close();
  }
}
