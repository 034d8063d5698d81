import { expect, test } from 'vitest';
import { retryDelayMs, Tasks } from '../../executor/storage/tasks.ts';

test('a task runs once, tells its end, and keeps its result until it is forgotten', async () => {
  const tasks = new Tasks<number>();
  let runs = 0;
  const ended = Promise.withResolvers<void>();
  const work = async () => ++runs;
  tasks.start('a', work, () => ended.resolve());
  tasks.start('a', work, () => {});
  expect(tasks.get('a')).toEqual({ state: 'running', progress: undefined });
  await ended.promise;
  expect(tasks.get('a')).toEqual({ state: 'done', value: 1 });
  tasks.start('a', work, () => {});
  expect(runs).toBe(1);
  tasks.forget('a');
  expect(tasks.get('a')).toBeUndefined();
});

test('a task that failed can be started again, and counts its attempts', async () => {
  const tasks = new Tasks<void>();
  for (const attempts of [1, 2, 3]) {
    const ended = Promise.withResolvers<void>();
    tasks.start(
      'a',
      async () => Promise.reject(new Error('no')),
      () => ended.resolve(),
    );
    await ended.promise;
    expect(tasks.get('a')).toMatchObject({ state: 'failed', attempts });
  }
});

test('a cancelled task is asked to stop and waited for', async () => {
  const tasks = new Tasks<void>();
  let cleaned = false;
  const work = ({ signal }: { signal: AbortSignal }) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        cleaned = true;
        reject(signal.reason);
      });
    });
  tasks.start('a', work, () => {});
  await Promise.resolve();
  await tasks.cancel('a');
  expect(cleaned).toBe(true);
  expect(tasks.get('a')).toBeUndefined();
});

test('progress is kept at once and told at most once a second', async () => {
  const tasks = new Tasks<void>();
  let news = 0;
  const stop = Promise.withResolvers<void>();
  tasks.start(
    'a',
    async ({ report }) => {
      for (let percent = 0; percent < 100; percent++) report(percent);
      await stop.promise;
    },
    () => {
      news += 1;
    },
  );
  await Promise.resolve();
  await Promise.resolve();
  expect(tasks.get('a')).toEqual({ state: 'running', progress: 99 });
  expect(news).toBe(0);
  stop.resolve();
});

test('the delay before another attempt doubles, up to five minutes', () => {
  expect([1, 2, 3, 20].map((attempts) => retryDelayMs({ attempts, at: 1000 }, 1000))).toEqual([
    1000, 2000, 4000, 300_000,
  ]);
  expect(retryDelayMs({ attempts: 1, at: 1000 }, 1600)).toBe(400);
  expect(retryDelayMs({ attempts: 1, at: 1000 }, 99_000)).toBe(0);
});
