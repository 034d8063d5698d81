import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshMachine } from './access.ts';
import { type CliHome, cliHome, type Result, run, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

const TERMINAL = join(import.meta.dirname, 'terminal.py');

let person: CliHome;
let knownHosts: string;

async function key(name: string, passphrase = ''): Promise<string> {
  const file = join(person.folder, name);
  const { code, stderr } = await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', file]);
  if (code !== 0) throw new Error(stderr);
  return file;
}

let home: string;

beforeAll(async () => {
  person = await cliHome();
  home = join(person.folder, '.ssh');
  knownHosts = join(person.folder, '.local/state/vmctl/known_hosts');
  await mkdir(home, { mode: 0o700 });
  await key('.ssh/id_ed25519');
  await person.up();
  await sshMachine(person, 'web', join(home, 'id_ed25519.pub'));
});
afterAll(() => person[Symbol.asyncDispose]());

const ssh = (...args: readonly string[]) => person.vmctl('ssh', ...args);

describe('ssh', () => {
  it('runs a command with its output, its errors and its exit code', async () => {
    const seen = await ssh('root@web', '--', 'echo out; echo err >&2; exit 7');
    expect(seen).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(seen.stderr).toContain('err\n');
  });

  it('takes the key that the guest printed on its console for its own, and says nothing of it', async () => {
    expect((await ssh('root@web', '--', 'true')).stderr).toBe('');
    const [, blob] = /^ssh-ed25519 (\S+)/m.exec(await person.ok('logs', 'web')) ?? [];
    const uid = (await person.ok('get', 'vm', 'web', '-o', 'json')).match(/"uid": "([^"]+)"/)?.[1];
    expect(await readFile(knownHosts, 'utf8')).toBe(`vmctl-${uid} ssh-ed25519 ${blob}\n`);
  });

  it('pipes standard input there and back', async () => {
    const input = 'line\n'.repeat(100_000);
    const seen = await person.run(VMCTL, ['ssh', 'root@web', '--', 'cat'], { input });
    expect([seen.code, seen.stdout === input]).toEqual([0, true]);
  });

  it('gives a shell on a terminal, with its size, and leaves the terminal as it was', async () => {
    const steps = [
      ['expect', '# '],
      ['send', 'stty size; tty\n'],
      ['expect', '/dev/pts/'],
      ['send', 'exit 3\n'],
    ];
    const env = { TERM: 'xterm-256color' };
    const { stdout } = await person.run('python3', [TERMINAL, JSON.stringify(steps), VMCTL, 'ssh', 'root@web'], {
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      code: 3,
      cooked: true,
      output: expect.stringMatching(/24 80\r+\n\/dev\/pts\/\d/),
    });
  });

  it('says who is not let in, and what to do', async () => {
    const wrong = await key('wrong');
    const seen = await ssh('root@web', '-i', wrong, '--', 'true');
    expect(seen).toMatchObject({ code: 1, stderr: expect.stringContaining('does not let root in') });
    expect(seen.stderr).toContain('--identity-file');
    expect((await ssh('root@web', '-i', '/nowhere', '--', 'true')).stderr).toContain('/nowhere cannot be read');
    expect((await ssh('root@web', '--port', '2', '--', 'true')).stderr).toContain('is an SSH server running in it?');
    expect((await ssh('root@nobody', '--', 'true')).code).toBe(3);
  });

  it('opens a key with its passphrase, and logs in with a password', async () => {
    const locked = await key('locked', 'open sesame');
    await person.ok('scp', `${locked}.pub`, 'root@web:/tmp/locked.pub');
    expect((await ssh('root@web', '--', 'cat /tmp/locked.pub >>/root/.ssh/authorized_keys')).code).toBe(0);
    const env = { TERM: 'xterm' };
    const ask = async (steps: unknown, ...args: string[]) =>
      JSON.parse(
        (await person.run('python3', [TERMINAL, JSON.stringify(steps), VMCTL, 'ssh', ...args], { env })).stdout,
      ) as object;
    const passphrase = [
      ['expect', 'Passphrase of'],
      ['send', 'open sesame\r'],
      ['expect', 'in by key'],
    ];
    expect(await ask(passphrase, 'root@web', '-i', locked, '--', 'echo in by key')).toMatchObject({ code: 0 });
    const wrong = join(person.folder, 'wrong');
    const password = [
      ['expect', 'Password of root'],
      ['send', 'vmctl\r'],
      ['expect', 'in by password'],
    ];
    const seen = await ask(password, 'root@web', '-i', wrong, '--', 'echo in by password');
    expect(seen).toMatchObject({ code: 0, output: expect.not.stringContaining('vmctl\r\nin') });
  });

  it('uses the keys of an ssh agent', async () => {
    const socket = join(person.folder, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      await until(async () => (await stat(socket).catch(() => undefined)) !== undefined, {
        limitMs: 60_000,
        what: () => 'an agent',
      });
      const env = { SSH_AUTH_SOCK: socket, HOME: join(person.folder, 'elsewhere') };
      await chmod(join(home, 'id_ed25519'), 0o600);
      await run('ssh-add', ['-q', join(home, 'id_ed25519')], { env: { ...process.env, ...env } });
      const seen = await person.run(VMCTL, ['ssh', 'root@web', '--', 'echo by agent'], { env });
      expect(seen).toMatchObject({ code: 0, stdout: 'by agent\n' });
    } finally {
      agent.kill();
    }
  });
});

describe("the system's ssh", () => {
  it('is used with --native, through a ProxyCommand, and believes the key that the guest printed and no other', async () => {
    const state = join(person.folder, 'fresh');
    const strict = ['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-i', join(home, 'id_ed25519')];
    const args = ['ssh', 'root@web', '--native', ...strict, '--', 'echo native; exit 4'];
    const seen = await person.run(VMCTL, args, { env: { XDG_STATE_HOME: state } });
    expect(seen).toMatchObject({ code: 4, stdout: 'native\n' });
    expect(await readFile(join(state, 'vmctl/known_hosts'), 'utf8')).toBe(await readFile(knownHosts, 'utf8'));
  });

  it('knows machines by name with what ssh-config prints', async () => {
    const config = join(person.folder, 'vms');
    await writeFile(config, await person.ok('ssh-config', 'root@web'));
    const args = [
      '-F',
      config,
      '-o',
      'BatchMode=yes',
      '-i',
      join(home, 'id_ed25519'),
      'web.default.vm',
      'echo by name',
    ];
    expect(await person.run('ssh', args)).toMatchObject({ code: 0, stdout: 'by name\n' });
    expect(await person.ok('ssh-config')).toMatch(/^Host web\.default\.vm\n {2}ProxyCommand .*port-forward --stdio/);
  });
});

describe('logs', () => {
  it('show a terminal lines and colours, and a program all that the guest wrote', async () => {
    const words = '\u001b[32mgreen\u001b[0m\u001b[6n\u001b]0;title\u0007 end';
    const input = `${words}\n`;
    expect((await person.run(VMCTL, ['ssh', 'root@web', '--', 'cat >/dev/ttyS0'], { input })).code).toBe(0);
    expect(await person.ok('logs', 'web', '--tail', '5')).toContain(words);
    const { stdout } = await person.run('python3', [TERMINAL, '[]', VMCTL, 'logs', 'web', '--tail', '5']);
    const { code, output } = JSON.parse(stdout) as { code: number; output: string };
    expect([code, output]).toEqual([0, expect.stringContaining('\u001b[32mgreen\u001b[0m end')]);
    expect(output).not.toMatch(/\u001b\[6n|title/);
  });
});

describe('scp', () => {
  it('copies files and folders there and back', async () => {
    const folder = join(person.folder, 'site');
    await mkdir(join(folder, 'deep'), { recursive: true });
    const big = Buffer.alloc(3 * 1024 * 1024, 'vmctl');
    await writeFile(join(folder, 'big'), big);
    await writeFile(join(folder, 'deep', 'with: colon'), 'small', { mode: 0o755 });
    await person.ok('scp', '-r', folder, 'root@web:/tmp');
    expect((await ssh('root@web', '--', 'ls -l "/tmp/site/deep/with: colon"')).stdout).toMatch(/^-rwxr-xr-x/);
    const back = join(person.folder, 'back');
    await person.ok('scp', '--recursive', 'root@web:/tmp/site', back);
    expect((await readFile(join(back, 'big'))).equals(big)).toBe(true);
    expect(await readFile(join(back, 'deep', 'with: colon'), 'utf8')).toBe('small');
  });

  it('says what is wrong', async () => {
    expect(await person.vmctl('scp', 'a', 'b')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('on one machine'),
    });
    expect(await person.vmctl('scp', '/nowhere', 'root@web:')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no /nowhere here'),
    });
    expect(await person.vmctl('scp', 'root@web:/nowhere', '.')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('in the guest'),
    });
    expect(await person.vmctl('scp', 'root@web:/tmp', '.')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--recursive'),
    });
  });
});

describe('a host key that is another one', () => {
  const restart = (how: string) =>
    ssh('root@web', '--', `setsid sh -c 'sleep 0.3; killall dropbear; ${how}' >/dev/null 2>&1 </dev/null &`);

  /** The first login that ends so. */
  async function endsWith(code: number, command: string, limitMs = 90_000): Promise<Result> {
    let seen: Result | undefined;
    const tried = async () => {
      seen = await ssh('root@web', '--', command);
      return seen.code === code;
    };
    await until(tried, { limitMs, what: () => `an end with ${code}; it was ${JSON.stringify(seen)}` });
    return seen as Result;
  }

  it('is refused, with what to do', async () => {
    await restart('rm -f /tmp/key; dropbearkey -t ed25519 -f /tmp/key; dropbear -r /tmp/key -p 22');
    const seen = await endsWith(5, 'true');
    expect(seen.stderr).toMatch(/the host key of web is not the one that it had: SHA256:.*\n.*ssh-keygen -R vmctl-/);
  });

  // The guest boots once more, in a minute or two where the host is busy.
  it('is taken when the guest has announced it on its console', async () => {
    await person.ok('restart', 'web', '--wait');
    const seen = await endsWith(0, 'echo again', 180_000);
    expect(seen.stdout).toBe('again\n');
    expect((await readFile(knownHosts, 'utf8')).trim().split('\n')).toHaveLength(2);
  }, 240_000);
});
