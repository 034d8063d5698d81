import { describe, expect, test } from 'vitest';
import type { Ask } from '../../executor/access/agent/ask.ts';
import { exec } from '../../executor/access/agent/exec.ts';
import { fsfreeze, fstrim, info, setPassword, sshKeys } from '../../executor/access/agent/verbs.ts';
import { agentThat, type Request } from './guest.ts';

const ask = (socket: string, body: Ask['body'] = {}): Ask => ({ socket, body, signal: new AbortController().signal });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a program in the guest', () => {
  test('is started with what was asked, and waited for', async () => {
    const requests: Request[] = [];
    let looks = 0;
    await using guest = await agentThat((request) => {
      requests.push(request);
      if (request.execute === 'guest-exec') return { pid: 7 };
      looks += 1;
      return looks < 3
        ? { exited: false }
        : { exited: true, exitcode: 3, 'out-data': base64('out'), 'err-truncated': true };
    });
    const body = { command: ['sh', '-c', 'x'], env: ['A=b'], input: base64('in'), timeoutSeconds: 10 };
    expect(await exec(ask(guest.path, body))).toEqual({
      exitCode: 3,
      stdout: base64('out'),
      stderr: '',
      truncated: true,
    });
    expect(requests[0]?.arguments).toEqual({
      ...{ path: 'sh', arg: ['-c', 'x'], env: ['A=b'], 'input-data': base64('in'), 'capture-output': true },
    });
    expect(requests[1]?.arguments).toEqual({ pid: 7 });
  });

  test.each<[string, object, RegExp]>([
    ['says no process', { return: {} }, /not said which process/],
    ['says a process that is none', { return: { pid: -1 } }, /not said which process/],
    ['answers with more than is taken', { return: 'x'.repeat(2_000_000) }, /more than 1048576 bytes/],
  ])('of a guest that %s is no success', async (_what, answer, words) => {
    await using guest = await agentThat((_request, socket) => void socket.write(`${JSON.stringify(answer)}\n`));
    await expect(exec(ask(guest.path, { command: ['x'] }))).rejects.toThrow(words);
  });

  test('of a program that has written more than is taken is not believed', async () => {
    const written = 'eHh4'.repeat(1_100_000);
    await using guest = await agentThat(({ execute }) =>
      execute === 'guest-exec' ? { pid: 1 } : { exited: true, exitcode: 0, 'out-data': written },
    );
    await expect(exec(ask(guest.path, { command: ['x'] }))).rejects.toThrow(/more than 4194304 bytes/);
  });

  test('that writes what is no base64 has written nothing that hurts', async () => {
    await using guest = await agentThat(({ execute }) =>
      execute === 'guest-exec'
        ? { pid: 1 }
        : { exited: true, exitcode: 'none', 'out-data': '%%%', 'err-data': { a: 1 } },
    );
    expect(await exec(ask(guest.path, { command: ['x'] }))).toEqual({ stdout: '', stderr: '', truncated: false });
  });

  test('is not asked after any more once whoever asked has gone', async () => {
    const gone = new AbortController();
    await using guest = await agentThat(({ execute }) => {
      if (execute === 'guest-exec') return { pid: 1 };
      gone.abort();
      return { exited: false };
    });
    await exec({ ...ask(guest.path, { command: ['x'] }), signal: gone.signal });
    expect(guest.commands).toEqual(['guest-exec', 'guest-exec-status']);
  });

  test.each<[string, object]>([
    ['no command', {}],
    ['an empty command', { command: [] }],
    ['a command that is text', { command: 'id' }],
    ['a zero in it', { command: ['a\0b'] }],
    ['too much of it', { command: Array.from({ length: 2000 }, () => 'x') }],
    ['input that is no base64', { command: ['x'], input: '<>' }],
    ['too long a wait', { command: ['x'], timeoutSeconds: 1e9 }],
  ])('is not started with %s', async (_what, body) => {
    await using guest = await agentThat(() => ({ pid: 1 }));
    await expect(exec(ask(guest.path, body as Ask['body']))).rejects.toMatchObject({ code: 400 });
    expect(guest.commands).toEqual([]);
  });
});

describe('what a guest tells by its agent', () => {
  test('is cut and neutralised', async () => {
    const evil = '\u001b[31m\nroot';
    await using guest = await agentThat(({ execute }) => {
      if (execute === 'guest-fstrim') return { paths: [{ path: evil, error: evil.repeat(500) }, null, { trimmed: 5 }] };
      if (execute === 'guest-ssh-get-authorized-keys') return { keys: [evil, 7, ''] };
      if (execute === 'guest-info')
        return { version: evil, supported_commands: [{ name: evil, enabled: true }, { name: 'off' }] };
      return {};
    });
    const trimmed = (await fstrim(ask(guest.path))) as { paths: { path: string; error?: string }[] };
    expect(trimmed.paths.map(({ path }) => path)).toEqual(['\ufffd[31m\ufffdroot', '?', '?']);
    expect(trimmed.paths[0]?.error).toHaveLength(500);
    expect(await sshKeys(ask(guest.path, { user: 'a' }))).toEqual({ user: 'a', keys: ['\ufffd[31m\ufffdroot'] });
    const answer = JSON.stringify(await info(ask(guest.path)));
    expect(answer).not.toContain('u001b');
    expect(JSON.parse(answer).commands).toEqual(['\ufffd[31m\ufffdroot']);
  });

  test('a password goes encoded, for a user that is one', async () => {
    const requests: Request[] = [];
    await using guest = await agentThat((request) => {
      requests.push(request);
      return {};
    });
    await setPassword(ask(guest.path, { user: 'ada', password: 'ü word' }));
    expect(requests[0]?.arguments).toEqual({ username: 'ada', password: base64('ü word'), crypted: false });
    for (const user of ['', '-x', 'a:b', 'a\nb', '../etc'])
      await expect(setPassword(ask(guest.path, { user, password: 'x' }))).rejects.toMatchObject({ code: 400 });
    await expect(setPassword(ask(guest.path, { user: 'ada' }))).rejects.toMatchObject({ code: 400 });
    expect(requests).toHaveLength(1);
  });

  test('a freeze is one of three words', async () => {
    await using guest = await agentThat(({ execute }) => (execute === 'guest-fsfreeze-status' ? 'thawed' : 2));
    expect(await fsfreeze(ask(guest.path, { action: 'thaw' }))).toEqual({ filesystems: 2, state: 'thawed' });
    await expect(fsfreeze(ask(guest.path, { action: 'melt' }))).rejects.toMatchObject({ code: 400 });
  });
});
