import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, exchangeDatagram } from '../fixtures/echo.ts';
import { going, sshMachine } from './access.ts';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';

let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  await person.up();
  await sshMachine(person, 'linux');
});
afterAll(() => person[Symbol.asyncDispose]());

/** Has the guest's shell do something, and waits until it did. */
async function shell(line: string): Promise<void> {
  const mark = `done-${++lines}`;
  await using console = going(person, 'console', 'linux', '--force', '--tail', '0');
  console.type(`${line}\necho ${mark.replace('-', '"-"')}\n`);
  await console.line(new RegExp(mark));
}

let lines = 0;

describe('port-forward', () => {
  it('reaches a port of a guest that has no address here, with both directions ending by themselves', async () => {
    // In the background it listens a moment later.
    await shell('nc -ll -p 7 -e /bin/cat >/dev/null 2>&1 & until grep -q ":0007 0" /proc/net/tcp*; do sleep 0.1; done');
    await using forward = going(person, 'port-forward', 'linux', ':7');
    const port = Number((await forward.line(/Forwarding from 127\.0\.0\.1:(\d+) -> 7/))[1]);
    const big = 'x'.repeat(3_000_000);
    expect(await exchange(port, 'one')).toBe('one');
    expect((await exchange(port, big)) === big).toBe(true);
  });

  it('has a connection of its own for each one, on the address that is asked for', async () => {
    await shell('mkdir -p /www; echo served >/www/index.html; httpd -p 80 -h /www');
    await using forward = going(person, 'port-forward', 'linux', ':80/tcp', '--address', '127.0.0.2');
    const url = `http://127.0.0.2:${(await forward.line(/127\.0\.0\.2:(\d+) -> 80/))[1]}/`;
    const pages = Array.from({ length: 8 }, async () =>
      (await fetch(url, { headers: { connection: 'close' } })).text(),
    );
    expect(new Set(await Promise.all(pages))).toEqual(new Set(['served\n']));
  });

  it('leaves nothing open on the host when the connections are there', async () => {
    await using forward = going(person, 'port-forward', 'linux', ':7');
    const port = Number((await forward.line(/:(\d+) -> 7/))[1]);
    const before = await listeners();
    expect(before).not.toEqual([]);
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('hello');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('hello');
    expect(await listeners()).toEqual(before);
    socket.destroy();
  });

  it('brings datagrams there and back', async () => {
    await using forward = going(person, 'port-forward', 'linux', ':9/udp');
    const port = Number((await forward.line(/:(\d+) -> 9\/udp/))[1]);
    expect(await exchangeDatagram(port, 'ping')).toBe('ping');
  });

  it('joins standard input and output with a port', async () => {
    const { code, stdout } = await person.run(VMCTL, ['port-forward', '--stdio', 'linux', '7'], {
      input: 'through a pipe',
    });
    expect([code, stdout]).toEqual([0, 'through a pipe']);
  });

  it('says what is wrong', async () => {
    expect(await person.vmctl('port-forward', 'linux', '70000')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no port to forward'),
    });
    expect((await person.vmctl('port-forward', '--stdio', 'nobody', '22')).code).toBe(3);
  });
});

/** Ports on which the executor and the qemu of this home listen: other tests of this host have their own. */
async function listeners(): Promise<string[]> {
  const ours = new Set(processes().flatMap(socketsOf));
  const table = await readFile('/proc/net/tcp', 'utf8');
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, , , state, , , , , , inode]) => state === '0A' && ours.has(`socket:[${inode}]`))
    .map(([, local]) => local ?? '')
    .sort();
}

const processes = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(person.home);
      } catch {
        return false;
      }
    });

const socketsOf = (pid: string): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
