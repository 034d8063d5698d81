import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { places, UNIT_NAME, unitFile } from '../../cli/node/files.ts';

const run = promisify(execFile);
const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
if (isMissing) console.warn('skipped: the unit of systemd: there is no systemd-analyze; install systemd');

describe.skipIf(isMissing)('the unit that vmctl node add writes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vmctl-unit-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const at = { directory, home: join(directory, 'home') };
  const path = join(directory, UNIT_NAME);
  /** What systemd's own reader has against it. It needs no systemd that runs. */
  const verify = async (text: string): Promise<string[]> => {
    writeFileSync(places(at).run, '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(path, text);
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', path]).catch((error) => error);
    return stderr.split('\n').filter((line: string) => line.includes(UNIT_NAME));
  };

  it('has nothing that systemd does not know', async () => {
    expect(await verify(unitFile(at))).toEqual([]);
  });

  it('would be refused with something else in it', async () => {
    const [said] = await verify(unitFile(at).replace('KillMode=process', 'KillMode=processes'));
    expect(said).toMatch(/KillMode|kill mode/i);
  });
});
