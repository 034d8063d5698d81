import { expect, test, vi } from 'vitest';
import { backoffDelay } from '../../executor/controller/backoff.ts';
import { createController } from '../../executor/controller/controller.ts';
import { createQueue } from '../../executor/controller/queue.ts';
import { type Key, type Log, TerminalError } from '../../executor/controller/types.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** Lets everything that is due happen, without waiting for any time. */
const settle = () => vi.advanceTimersByTimeAsync(0);

test('a key that was added often waits once', async () => {
  const queue = createQueue();
  for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
  expect(queue.length).toBe(2);
  expect([await queue.next(), await queue.next()]).toEqual(['a', 'b']);
});

test('a key is never in two hands; one that is added meanwhile comes again', async () => {
  const queue = createQueue();
  queue.add('a');
  expect(await queue.next()).toBe('a');
  queue.add('a');
  queue.add('a');
  const next = queue.next();
  queue.add('b');
  expect(await next).toBe('b');
  queue.done('a');
  expect(await queue.next()).toBe('a');
  queue.done('a');
  expect(queue.length).toBe(0);
});

test('of several waits for one key the earliest counts', async () => {
  vi.useFakeTimers();
  try {
    const queue = createQueue();
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    await vi.advanceTimersByTimeAsync(999);
    expect(queue.length).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.length).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(queue.length).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a closed queue gives nothing more', async () => {
  const queue = createQueue();
  const waiting = queue.next();
  queue.close();
  queue.add('a');
  expect([await waiting, await queue.next(), queue.length]).toEqual([undefined, undefined, 0]);
});

test('delays double up to the longest, and are cut by chance by a fifth at most', () => {
  const backoff = { firstMs: 100, longestMs: 1000 };
  expect([1, 2, 3, 4, 5, 99].map((failures) => backoffDelay(backoff, failures, 0))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect(backoffDelay(backoff, 2, 1)).toBe(160);
});

function controllerOf(reconcile: (key: Key) => Promise<undefined | { requeueAfterMs?: number }>, workers = 4) {
  return createController({
    reconciler: { kind: 'VirtualMachine', reconcile },
    log: quiet,
    workers,
    backoff: { firstMs: 100, longestMs: 400 },
  });
}

test('several objects are worked on at once, one object only once at a time', async () => {
  let most = 0;
  const working = new Map<string, number>();
  const gates: (() => void)[] = [];
  const controller = controllerOf(async ({ name }) => {
    working.set(name, (working.get(name) ?? 0) + 1);
    expect(working.get(name)).toBe(1);
    most = Math.max(
      most,
      [...working.values()].reduce((sum, count) => sum + count, 0),
    );
    await new Promise<void>((resolve) => gates.push(resolve));
    working.set(name, 0);
    return undefined;
  });
  for (const name of ['a', 'b', 'c', 'a', 'b']) controller.enqueue({ name });
  await new Promise(setImmediate);
  for (const name of ['a', 'b']) controller.enqueue({ name });
  while (gates.length > 0) {
    gates.shift()?.();
    await new Promise(setImmediate);
  }
  expect(most).toBe(3);
  await controller.close();
});

test('what fails comes again later and later, what is terminal does not, what succeeds begins anew', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  try {
    const calls: number[] = [];
    let outcome: () => Promise<undefined> = () => Promise.reject(new Error('no'));
    const controller = controllerOf(() => {
      calls.push(performance.now());
      return outcome();
    });
    const begin = performance.now();
    controller.enqueue({ namespace: 'default', name: 'a' });
    await vi.advanceTimersByTimeAsync(1500);
    expect(calls.map((at) => Math.round(at - begin))).toEqual([0, 100, 300, 700, 1100, 1500]);
    outcome = () => Promise.reject(new TerminalError('Wrong', 'for good'));
    await vi.advanceTimersByTimeAsync(400);
    const count = calls.length;
    await vi.advanceTimersByTimeAsync(100_000);
    expect(calls).toHaveLength(count);
    outcome = () => Promise.resolve(undefined);
    controller.enqueue({ namespace: 'default', name: 'a' });
    await settle();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(calls).toHaveLength(count + 1);
    await controller.close();
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});

test('a reconciler is called again when it asks to be', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    let calls = 0;
    const controller = controllerOf(async () => {
      calls += 1;
      return calls < 3 ? { requeueAfterMs: 500 } : undefined;
    });
    controller.enqueue({ name: 'a' });
    await vi.advanceTimersByTimeAsync(499);
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(calls).toBe(3);
    await controller.close();
  } finally {
    vi.useRealTimers();
  }
});
