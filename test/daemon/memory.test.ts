import { expect, test } from 'vitest';
import { isWorthTidying } from '../../executor/daemon/memory.ts';

const MIB = 1024 ** 2;

test.each([
  ['what grew by little, however long ago', 80, 75, 60_000, false],
  ['what grew a moment ago', 79, 69, 1000, false],
  ['what grew and stayed', 79, 69, 10_000, true],
  ['a burst', 95, 80, 500, true],
  ['many objects that are needed', 95, 94, 60_000, false],
])('%s is tidied only where that is worth it', (_, rss, kept, sinceMs, worth) => {
  expect(isWorthTidying(rss * MIB, kept * MIB, sinceMs)).toBe(worth);
});
