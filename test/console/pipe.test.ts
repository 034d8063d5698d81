import { lstatSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePipe } from '../../executor/console/pipe.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmctl-pipe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const isFifo = (name: string) => lstatSync(join(folder, `${name}.in`)).isFIFO();

it('makes the pipes of a hundred machines that start together', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `serial${index}`);
  await Promise.all(names.map((name) => makePipe(join(folder, name), undefined)));
  expect(names.filter((name) => !isFifo(name))).toEqual([]);
  expect(lstatSync(join(folder, 'serial0.in')).mode & 0o777).toBe(0o600);
  expect(readlinkSync(join(folder, 'serial0.out'))).toBe('/dev/null');
});

it('takes one that is there, and says which cannot be made while the others are', async () => {
  await makePipe(join(folder, 'there'), undefined);
  const results = await Promise.allSettled(
    ['there', 'a', 'nowhere/b', 'c'].map((name) => makePipe(join(folder, name), undefined)),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(['there', 'a', 'c'].every(isFifo)).toBe(true);
});
