import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blindMachine, going, says, screenMachine } from './access.ts';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

/** A browser on a busy host. */
const SLOW_MS = 90_000;

let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  await person.up();
  await screenMachine(person, 'screen');
  await blindMachine(person, 'blind');
});
afterAll(() => person[Symbol.asyncDispose]());

describe('the screen', () => {
  it('is saved as PNG', async () => {
    const file = join(person.folder, 'now.png');
    await until(
      async () => {
        await person.ok('screenshot', 'screen', file);
        return (await pixelOf(await readFile(file))).join() === '168,0,0';
      },
      { limitMs: 90_000, what: () => 'a red screen' },
    );
  });

  it('says why there is none', async () => {
    expect(await person.vmctl('screenshot', 'blind', '-')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('spec.video'),
    });
    expect(await person.vmctl('vnc', 'blind', '--proxy-only')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no VNC display'),
    });
  });

  it('is not behind a port that no network leads to', async () => {
    const none = await person.vmctl('port-forward', '--stdio', 'blind', '22');
    expect(none).toMatchObject({ code: 5, stderr: expect.stringContaining('no address of blind is known') });
  });

  it('takes keys', async () => {
    await person.ok('sendkey', 'screen', '--text', 'aZ', 'f', 'shift-g');
    await says(person, 'screen', /a\r?\nZ\r?\nf\r?\nG/);
    expect(await person.vmctl('sendkey', 'screen', 'nokey')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nokey'),
    });
  });

  it('is a VNC server on a port of this computer for a viewer', async () => {
    await using proxy = going(person, 'vnc', 'screen', '--proxy-only');
    const port = Number((await proxy.line(/127\.0\.0\.1:(\d+)/))[1]);
    const socket = connect({ host: '127.0.0.1', port });
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toMatch(/^RFB 003\.\d+\n$/);
    socket.destroy();
  });

  it('is shown by the viewer that is installed, until that ends', async () => {
    const bin = join(person.folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'remote-viewer'), VIEWER, { mode: 0o755 });
    const env = { PATH: `${bin}:${person.env['PATH']}`, SEEN: join(person.folder, 'seen') };
    const { code, stdout } = await person.run(VMCTL, ['vnc', 'screen'], { env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^VNC of screen on 127\.0\.0\.1:\d+\n$/)]);
    expect(await readFile(env.SEEN, 'utf8')).toMatch(/^RFB 003\.\d+\n$/);
  });

  it('is shown in a browser, which presses its keys; the address is good for one browser', async () => {
    await using web = going(person, 'vnc', 'screen', '--web', '--no-browser');
    const [url] = await web.line(/http:\/\/127\.0\.0\.1:\d+\/screen\/\?token=[\w-]+/);
    const executablePath = '/usr/bin/chromium';
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ];
    const browser = await chromium.launch({ executablePath, args, timeout: SLOW_MS });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(SLOW_MS);
      await page.goto(url);
      await page.getByText('connected', { exact: true }).waitFor();
      await page.keyboard.press('d');
      await says(person, 'screen', /\nd\r?\n/);
      const shown = page.locator('canvas').first();
      const colour = () =>
        shown.evaluate((canvas) => {
          const screen = canvas as unknown as {
            getContext(kind: '2d'): {
              getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
            };
          };
          return [...screen.getContext('2d').getImageData(10, 10, 1, 1).data].slice(0, 3);
        });
      await until(async () => (await colour()).join() === '168,0,0', {
        limitMs: 60_000,
        what: () => 'red in the browser',
      });
      await page.keyboard.press('b');
      await until(async () => (await colour()).join() === '0,168,0', {
        limitMs: 60_000,
        what: () => 'green in the browser',
      });
      const other = await browser.newContext();
      expect((await (await other.newPage()).goto(url))?.status()).toBe(403);
      expect((await fetch(new URL('screen', url))).status).toBe(403);
    } finally {
      await browser.close();
    }
  });
});

/** Writes down how the server greets it. */
const VIEWER = `#!/usr/bin/python3
import os, socket, sys
host, port = sys.argv[1].removeprefix("vnc://").rsplit(":", 1)
with open(os.environ["SEEN"], "wb") as seen:
    seen.write(socket.create_connection((host, int(port))).recv(12, socket.MSG_WAITALL))
`;

/** The colour of the pixel in the middle. */
async function pixelOf(png: Buffer): Promise<number[]> {
  const { stdout } = await person.run('python3', ['-c', PIXEL], { input: png.toString('base64') });
  return JSON.parse(stdout) as number[];
}

/** Reads what is needed of a PNG: 8-bit RGB, all filters. */
const PIXEL = `
import base64, json, struct, sys, zlib
data = base64.b64decode(sys.stdin.read())
assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
at, body = 8, b''
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at+8])
    chunk = data[at+8:at+8+size]
    if kind == b'IHDR': width, height, depth, colour = struct.unpack('>IIBB', chunk[:10])
    if kind == b'IDAT': body += chunk
    at += 12 + size
n = {2: 3, 6: 4}[colour]
raw, line, prev = zlib.decompress(body), width * n, bytearray(width * n)
for y in range(height // 2 + 1):
    kind, row = raw[y*(line+1)], bytearray(raw[y*(line+1)+1:(y+1)*(line+1)])
    for i in range(line):
        a, b, c = (row[i-n] if i >= n else 0), prev[i], (prev[i-n] if i >= n else 0)
        p = a + b - c
        paeth = a if abs(p-a) <= abs(p-b) and abs(p-a) <= abs(p-c) else b if abs(p-b) <= abs(p-c) else c
        row[i] = (row[i] + [0, a, b, (a+b)//2, paeth][kind]) & 255
    prev = row
i = width // 2 * n
print(json.dumps(list(prev[i:i+3])))
`;
