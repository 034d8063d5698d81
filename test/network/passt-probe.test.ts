import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../../executor/host/run.ts';
import { probePasst } from '../../executor/network/passt/probe.ts';
import { newPasstFolder } from '../fixtures/new-passt.ts';
import { passtFolder } from '../fixtures/passt.ts';

const [old, able] = [await passtFolder(), await newPasstFolder()];
const [hasPasst, hasPesto] = [await findProgram('passt'), await findProgram('pesto')];
const binary = (await findProgram('qemu-system-x86_64')) ?? '';

describe('what is asked of a passt', () => {
  const PATH = process.env['PATH'] ?? '';
  let home: string;
  const probe = () => probePasst({ binary, folder: join(home, 'probe'), hostState: join(home, 'host') });

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'vmctl-probe-'));
    await mkdir(join(home, 'host'));
  });
  afterEach(async () => {
    process.env['PATH'] = PATH;
    await rm(home, { recursive: true, force: true });
  });

  test.skipIf(hasPasst)('nothing where there is none', async () => {
    expect(await probe()).toEqual({ works: false, pesto: false, reason: 'passt is not installed' });
    expect(await readdir(join(home, 'host'))).toEqual([]);
  });

  test.skipIf(!old || hasPesto)('whether it takes other forwards: an old one does not', async () => {
    process.env['PATH'] = [old, PATH].join(delimiter);
    const reason = expect.stringContaining('takes no other forwards while it runs: pesto is not installed');
    expect(await probe()).toMatchObject({ works: true, pesto: false, reason });
    expect(await readdir(home)).toEqual(['host']);
  });

  test.skipIf(!able)('once, until there is another or the host was started anew', async () => {
    process.env['PATH'] = [able, PATH].join(delimiter);
    const first = await probe();
    expect(first).toEqual({ works: true, pesto: true, version: expect.stringMatching(/^passt /) });
    const kept = JSON.parse(await readFile(join(home, 'host/passt.json'), 'utf8'));
    expect(kept.probe).toEqual(first);
    // A folder that cannot be made would fail a second try.
    await mkdir(join(home, 'probe'));
    expect(await probe()).toEqual(first);
    expect(await readdir(home)).toContain('probe');
  });
});
