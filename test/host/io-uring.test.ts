import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isMended, probeIoUring } from '../../executor/host/io-uring.ts';

const hostState = mkdtempSync(join(tmpdir(), 'vmctl-uring-'));
afterAll(() => rmSync(hostState, { recursive: true }));

const binary = execFileSync('sh', ['-c', 'command -v qemu-system-x86_64'], { encoding: 'utf8' }).trim();

/** qemu-img's own word on it, which is started without any confinement. */
function works(): boolean {
  const file = join(hostState, 'file');
  writeFileSync(file, Buffer.alloc(65536));
  try {
    execFileSync('qemu-img', ['bench', '-q', '-c', '1', '-f', 'raw', '-i', 'io_uring', file], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

test('qemu says whether io_uring works for it, and the answer is kept until the next boot', async () => {
  const found = await probeIoUring({ binary, hostState });
  expect(found).toBe(works());
  const kept = join(hostState, 'io-uring.json');
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ works: found });
  writeFileSync(kept, readFileSync(kept, 'utf8').replace(String(found), String(!found)));
  expect(await probeIoUring({ binary, hostState })).toBe(!found);
});

test('a qemu that is not there, or cannot do it, is a no and nothing else', async () => {
  expect(await probeIoUring({ binary: '/nowhere/qemu', hostState })).toBe(false);
  expect(await probeIoUring({ binary: '/bin/false', hostState })).toBe(false);
  expect(readdirSync(hostState)).toContain('io-uring.json');
});

test.each([
  [undefined, false],
  ['7.2.22', false],
  ['10.0.6', false],
  ['10.0.7', true],
  ['10.1.2', false],
  ['10.1.3', true],
  ['10.2.0', true],
  ['11.0.0-rc1', true],
])('a qemu %s comes to the end of each read: %s', (version, expected) => {
  expect(isMended(version)).toBe(expected);
});
