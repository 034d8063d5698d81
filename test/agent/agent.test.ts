import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { freeze, isBusy, withAgent } from '../../executor/agent/index.ts';
import { agentThat, answerSync, guestEnd } from './guest.ts';

const ping = (path: string, syncMs = 30_000) =>
  withAgent(path, (agent) => agent.execute('guest-ping', undefined, { timeoutMs: 30_000 }), { syncMs });

describe('a conversation with the guest agent', () => {
  test('begins with a sync and answers commands in order', async () => {
    await using guest = await agentThat(({ execute }) => ({ did: execute }));
    const answers = await withAgent(guest.path, (agent) =>
      Promise.all([agent.execute('guest-ping'), agent.execute('guest-get-osinfo')]),
    );
    expect(answers).toEqual([{ did: 'guest-ping' }, { did: 'guest-get-osinfo' }]);
  });

  test('drops the rest of an answer to somebody who went away, however long', async () => {
    await using guest = await guestEnd((request, socket) => {
      if (request.execute !== 'guest-sync-delimited') return {};
      socket.write(`${'x'.repeat(3_000_000)}"}}\n{"return": 7}\n`);
      answerSync(request, socket, 12345);
      socket.write('{"return": {}}\n');
      return answerSync(request, socket);
    });
    await expect(ping(guest.path)).resolves.toEqual({});
  });

  test('ends with a time limit where no agent listens, and nothing but a sync was ever sent', async () => {
    await using guest = await guestEnd(() => undefined);
    await expect(ping(guest.path, 100)).rejects.toMatchObject({ name: 'AgentTimeoutError' });
    expect(guest.commands).toEqual([]);
  });

  test('ends where nothing is there to connect to, or qemu goes away', async () => {
    await expect(ping('/nowhere/channel.sock')).rejects.toMatchObject({ name: 'AgentClosedError' });
    await using guest = await agentThat((_request, socket) => void socket.destroy());
    await expect(ping(guest.path)).rejects.toMatchObject({ name: 'AgentClosedError' });
  });

  test('tells a refusal in words that a terminal does not obey', async () => {
    await using guest = await agentThat((_request, socket) => {
      const desc = `no\u001b[2J\u202e such\nthing${'!'.repeat(5000)}`;
      socket.write(`${JSON.stringify({ error: { class: 'GenericError', desc } })}\n`);
    });
    const error = (await ping(guest.path).catch((cause) => cause)) as Error;
    expect(error.name).toBe('AgentError');
    expect(error.message).toMatch(/^the guest agent refused guest-ping: no\ufffd\[2J\ufffd such\ufffdthing!+…$/);
    expect(error.message.length).toBeLessThan(1100);
  });

  test.each([
    ['no JSON', 'hello\n'],
    ['no object', '[1]\n'],
    ['deep nesting', `${'['.repeat(200_000)}\n`],
    ['more bytes than are taken, without an end', 'y'.repeat(2_000_000)],
    ['broken UTF-8', Buffer.from([0x7b, 0xc3, 0x28, 0x0a])],
  ])('is over where the guest answers with %s', async (_what, words) => {
    await using guest = await agentThat((_request, socket) => void socket.write(words));
    await expect(ping(guest.path)).rejects.toMatchObject({ name: 'AgentProtocolError' });
  });

  test('is over where the guest answers what was not asked', async () => {
    await using guest = await agentThat(({ execute }, socket) => {
      if (execute === 'guest-ping') socket.write('{"return": 1}\n{"return": 2}\n');
    });
    const both = withAgent(guest.path, async (agent) => {
      await agent.execute('guest-ping');
      await sleep(10);
      await agent.execute('guest-info');
    });
    await expect(both).rejects.toMatchObject({ name: 'AgentProtocolError' });
  });

  test('has the channel to itself: the next one waits, also after a failure', async () => {
    const running: string[] = [];
    await using guest = await agentThat(() => ({}));
    const one = (name: string) =>
      withAgent(guest.path, async (agent) => {
        running.push(`${name} in`);
        await agent.execute('guest-ping');
        running.push(`${name} out`);
        if (name === 'b') throw new Error('b fails');
      });
    const results = await Promise.allSettled([one('a'), one('b'), one('c')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(running).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    await sleep(0);
    expect(isBusy(guest.path)).toBe(false);
  });

  test('thaws a guest that did not freeze within the time', async () => {
    await using guest = await agentThat(({ execute }) => (execute === 'guest-fsfreeze-freeze' ? undefined : 0));
    await expect(freeze(guest.path, 1500)).rejects.toMatchObject({ name: 'AgentTimeoutError' });
    expect(guest.commands).toEqual(['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw']);
  });
});
