import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { chooseBase, type Source } from '../../executor/storage/backup/index.ts';
import {
  activeFile,
  type ChainFile,
  lineOf,
  listChain,
  overlayPath,
  planChain,
  setActive,
  volumeOf,
} from '../../executor/storage/chain/index.ts';
import { inspectDisk } from '../../executor/storage/chain/inspect.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-chain-'));
afterAll(() => rmSync(folder, { recursive: true }));

const files = (...pairs: (readonly [string, string?])[]): ChainFile[] =>
  pairs.map(([path, backing]) => ({ path, ...(backing !== undefined && { backing }) }));
const plan = (chain: ChainFile[], active: string, ...kept: string[]) =>
  planChain({ files: chain, active, kept: new Set(kept) });

describe('the next step with the files of a disk', () => {
  test.each([
    ['is none for a volume alone', files(['v']), 'v', [], undefined],
    ['is none where every file is needed', files(['v'], ['a', 'v'], ['b', 'a']), 'b', ['v', 'a'], undefined],
    [
      'removes what nobody needs and nothing lies on',
      files(['v'], ['a', 'v'], ['b', 'v']),
      'b',
      ['v'],
      { type: 'remove', path: 'a' },
    ],
    [
      'merges the one that is written to',
      files(['v'], ['a', 'v']),
      'a',
      [],
      { type: 'merge', from: 'a', into: 'v', above: [] },
    ],
    [
      'merges one in the middle, and names what lies on it',
      files(['v'], ['a', 'v'], ['b', 'a']),
      'b',
      ['a'],
      { type: 'merge', from: 'a', into: 'v', above: ['b'] },
    ],
    ['leaves a file that two lie on', files(['v'], ['a', 'v'], ['b', 'v']), 'b', ['a'], undefined],
    [
      'merges once one of the two is gone',
      files(['v'], ['b', 'v']),
      'b',
      [],
      { type: 'merge', from: 'b', into: 'v', above: [] },
    ],
  ])('%s', (_what, chain, active, kept, step) => {
    expect(plan(chain, active, ...kept)).toEqual(step);
  });
});

test('what is written to is recorded beside the volume, and read from there whichever file is named', async () => {
  const volume = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', volume, '1M']);
  expect(await activeFile({ path: volume, format: 'raw' })).toEqual({ path: volume, format: 'raw' });
  const overlay = overlayPath(volume, 'one');
  await setActive(overlay);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', volume, '-F', 'qcow2', overlay]);
  expect(volumeOf(overlay)).toBe(volume);
  for (const path of [volume, overlay])
    expect(await activeFile({ path, format: 'qcow2' })).toEqual({ path: overlay, format: 'qcow2' });
  expect(lineOf(await listChain(volume), overlay)).toEqual([overlay, volume]);
  expect((await inspectDisk({ path: volume, format: 'qcow2' })).backingChain).toEqual([volume]);
  await setActive(volume);
  expect(JSON.parse(readFileSync(`${volume}.overlays/active.json`, 'utf8'))).toEqual({ active: null });
  for (const record of ['{"active": 7}', '{"active": "../../etc/passwd"}', '{}', 'torn']) {
    writeFileSync(`${volume}.overlays/active.json`, record);
    await expect(activeFile({ path: volume, format: 'qcow2' })).rejects.toThrow();
  }
});

describe('a backup', () => {
  const newest = { name: 'mon', uid: 'u', disks: ['root'] };
  const root = (bitmaps: Source['bitmaps'], format: Source['format'] = 'qcow2'): Source => ({
    name: 'root',
    format,
    bitmaps,
  });
  const sure = { name: 'vmctl-u', recording: true };
  test.each([
    ['the first', undefined, [root([])], 'no earlier backup'],
    ['a raw disk', newest, [root([], 'raw')], 'a raw volume does not remember'],
    ['a disk that is new', newest, [root([sure]), { ...root([sure]), name: 'data' }], 'does not have the disk data'],
    ['no bitmap', newest, [root([{ name: 'vmctl-other', recording: true }])], 'does not know what has changed'],
    ['an inconsistent bitmap', newest, [root([{ ...sure, inconsistent: true }])], 'qemu did not end in order'],
    ['a bitmap that missed something', newest, [root([{ ...sure, recording: false }])], 'for certain'],
  ])('copies everything for %s', (_what, earlier, sources, reason) => {
    const choice = chooseBase('Auto', earlier, sources);
    expect(choice).toMatchObject({ type: 'Full', reason: expect.stringContaining(reason) });
  });

  test('copies what has changed where every disk knows it', () => {
    expect(chooseBase('Auto', newest, [root([sure])])).toEqual({ type: 'Incremental', base: newest });
    expect(chooseBase('Full', newest, [root([sure])]).type).toBe('Full');
  });
});
