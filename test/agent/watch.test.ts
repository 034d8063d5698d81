import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { settle } from '../../executor/agent/settle.ts';
import { type GuestView, GuestWatch, lacksAddress, pauseMs } from '../../executor/agent/watch.ts';
import { agentThat, guestEnd } from './guest.ts';

/** The views of a watch, as they change. */
function watching(path: string) {
  const views: GuestView[] = [];
  let news = Promise.withResolvers<void>();
  const watch = new GuestWatch(path, () => {
    views.push(watch.view);
    news.resolve();
    news = Promise.withResolvers();
  });
  return { watch, views, next: () => news.promise };
}

const address = (ip: string) => [{ name: 'eth0', 'ip-addresses': [{ 'ip-address': ip }] }];

describe('a watch over a guest', () => {
  test('tells what the agent says, and again only when that changes', async () => {
    let ip = '10.0.0.1';
    let asked = 0;
    await using guest = await agentThat(({ execute }, socket) => {
      if (execute === 'guest-get-fsinfo')
        return void socket.write('{"error": {"class": "CommandNotFound", "desc": ""}}\n');
      if (execute === 'guest-network-get-interfaces') asked += 1;
      return execute === 'guest-network-get-interfaces' ? address(ip) : { version: '7.2', 'host-name': 'web' };
    });
    const { watch, views, next } = watching(guest.path);
    await next();
    expect(views.at(-1)).toEqual({
      state: 'Answering',
      facts: { agentVersion: '7.2', hostName: 'web', interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] },
    });
    while (asked < 2) await sleep(20);
    expect(views).toHaveLength(1);
    ip = '10.0.0.2';
    const changed = next();
    watch.hurry();
    await changed;
    expect(views.at(-1)?.facts?.interfaces).toEqual([{ name: 'eth0', addresses: ['10.0.0.2'] }]);
    expect(guest.commands.filter((name) => name === 'guest-info')).toHaveLength(1);
    watch.close();
  });

  test('tells a guest that listens and does not answer, and keeps what it said before', async () => {
    let deaf = false;
    await using guest = await agentThat((_request, socket) => (deaf ? void socket.destroy() : address('10.0.0.1')));
    const { watch, views, next } = watching(guest.path);
    await next();
    deaf = true;
    await next();
    expect(views.at(-1)).toMatchObject({ state: 'Silent', facts: { interfaces: [{ addresses: ['10.0.0.1'] }] } });
    deaf = false;
    await next();
    expect(views.at(-1)?.state).toBe('Answering');
    watch.close();
  });

  test('knows what another executor was told, until the agent says something else', async () => {
    await using guest = await agentThat(() => address('10.0.0.9'));
    const known = { hostName: 'web', interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] };
    const news = Promise.withResolvers<void>();
    const watch = new GuestWatch(guest.path, news.resolve, known);
    expect(watch.view).toEqual({ state: 'Asking', facts: known });
    await news.promise;
    expect(watch.view.facts).toMatchObject({ hostName: 'web', interfaces: [{ addresses: ['10.0.0.9'] }] });
    watch.close();
  });

  test('asks nothing of a guest that stands still, and judges it by nothing', async () => {
    await using guest = await guestEnd(() => undefined);
    const { watch, views } = watching(guest.path);
    watch.standStill(true);
    await sleep(50);
    expect(views).toEqual([]);
    expect(watch.view.state).toBe('Asking');
    watch.close();
  });
});

test('a file system that is written to is news by the hundredth', () => {
  const root = (usedBytes: number) => ({ filesystems: [{ mountPoint: '/', usedBytes, totalBytes: 1000 }] });
  const before = settle({ hostName: 'web' }, root(500));
  expect(settle(before, root(509))).toEqual(before);
  expect(settle(before, root(511))).toEqual({ hostName: 'web', ...root(511) });
  expect(settle(before, {})).toEqual(before);
});

describe('how often a guest is asked', () => {
  const calm = { failures: 0, isEager: false, lackingMs: undefined };
  test.each([
    ['at rest', {}, 10_000],
    ['after news', { isEager: true }, 1000],
    ['while a card has no address', { lackingMs: 0 }, 1000],
    ['when a card has had none for ten minutes', { lackingMs: 600_000 }, 10_000],
    ['after a failure', { failures: 1, lackingMs: 0 }, 1000],
    ['after many', { failures: 20, isEager: true }, 30_000],
  ])('%s', (_when, mood, ms) => {
    expect(pauseMs({ ...calm, ...mood })).toBe(ms);
  });

  test.each([
    ['an address', ['10.0.0.5'], false],
    ['none', [], true],
    ['only one that it made itself', ['fe80::1'], true],
    ['one that it made itself, and another', ['fe80::1', 'fd00::5'], false],
  ])('a card with %s', (_what, addresses, lacks) => {
    const cards = { macAddresses: ['52:54:00:AA:00:01'], seen: '' };
    const mine = { name: 'eth0', macAddress: '52:54:00:aa:00:01', addresses };
    const inside = { name: 'veth0', macAddress: '02:00:00:00:00:01' };
    expect(lacksAddress({ interfaces: [inside, mine] }, cards)).toBe(lacks);
    expect(lacksAddress({ interfaces: [inside] }, cards)).toBe(false);
  });

  test('at once when the host sees a new address of it', async () => {
    let ip = '10.0.0.1';
    await using guest = await agentThat(({ execute }) =>
      execute === 'guest-network-get-interfaces' ? address(ip) : { 'host-name': 'web' },
    );
    const { watch, next } = watching(guest.path);
    await next();
    const asked = () => guest.commands.filter((name) => name === 'guest-network-get-interfaces').length;
    const before = asked();
    watch.notice({ macAddresses: [], seen: '' });
    ip = '10.0.0.2';
    const changed = next();
    watch.notice({ macAddresses: [], seen: '52:54:00:aa:00:01 10.0.0.2' });
    await changed;
    // It may have asked by itself as well, a second after the news of before.
    expect(asked() - before).toBeOneOf([1, 2]);
    expect(watch.view.facts?.interfaces).toEqual([{ name: 'eth0', addresses: ['10.0.0.2'] }]);
    watch.close();
  });
});
