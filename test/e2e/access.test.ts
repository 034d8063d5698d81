import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { screenDisk } from '../fixtures/guests/screen.ts';
import { SSH_MEMORY_MIB, sshGuest } from '../fixtures/guests/ssh.ts';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  await person.ok('up');
  const { kernel, initrd, commandLine } = await sshGuest();
  await writeFile(join(person.folder, 'screen.raw'), screenDisk());
  await person.ok('image', 'import', join(person.folder, 'screen.raw'), '--name', 'screen', '--format', 'raw');
  await person.ok('image', 'import', kernel, '--name', 'kernel', '--format', 'raw');
  await person.ok('image', 'import', initrd, '--name', 'initrd', '--format', 'raw');
  const small = {
    restartPolicy: 'Never',
    stop: { method: 'Force' },
    balloon: { enabled: false },
    rng: [],
    channels: [],
  };
  const machine = (name: string, spec: object) => ({
    ...{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine', metadata: { name } },
    spec: { ...small, ...spec },
  });
  const items = [
    machine('screen', {
      memory: { size: '32Mi' },
      machine: { type: 'pc' },
      disks: [{ name: 'root', image: { name: 'screen' } }],
      inputs: [],
    }),
    machine('linux', {
      memory: { size: `${SSH_MEMORY_MIB}Mi` },
      machine: {
        boot: {
          kernel: { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine },
        },
      },
      graphics: [],
      interfaces: [{ name: 'eth0', network: { name: 'default' } }],
    }),
  ];
  const file = join(person.folder, 'machines.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await person.ok('apply', '-f', file);
  await says('screen', 'vmctl-guest ready');
  await says('linux', /ready[\s\S]*# /);
});
afterAll(() => person[Symbol.asyncDispose]());

async function says(name: string, words: string | RegExp): Promise<void> {
  let said = '';
  const heard = async () => {
    said = (await person.vmctl('logs', name)).stdout;
    return typeof words === 'string' ? said.includes(words) : words.test(said);
  };
  await until(heard, { limitMs: 60_000, what: () => `${name} to say ${words}; it said ${said}` });
}

/** Has the Linux guest's shell do something, and waits until it did. */
async function shell(line: string): Promise<void> {
  const mark = `done-${++lines}`;
  await using console = going('console', 'linux', '--force', '--tail', '0');
  console.type(`${line}\necho ${mark.replace('-', '"-"')}\n`);
  await console.line(new RegExp(mark));
}

let lines = 0;

interface Going extends AsyncDisposable {
  /** The first match in what it writes. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
}

/** A vmctl that goes on until it is disposed of. */
function going(...args: readonly string[]): Going {
  const child = spawn(VMCTL, args, { env: person.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  return {
    line: async (pattern) => {
      await until(() => pattern.test(said), {
        limitMs: 30_000,
        what: () => `vmctl ${args.join(' ')} to say ${pattern}; it said ${said}`,
      });
      return pattern.exec(said) as RegExpExecArray;
    },
    type: (text) => child.stdin.write(text),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function exchange(port: number, words: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.end(words);
  return (await socket.toArray()).join('');
}

describe('port-forward', () => {
  it('reaches a port of a guest that has no address here, with both directions ending by themselves', async () => {
    await shell('nc -ll -p 7 -e /bin/cat >/dev/null 2>&1 &');
    await using forward = going('port-forward', 'linux', ':7');
    const port = Number((await forward.line(/Forwarding from 127\.0\.0\.1:(\d+) -> 7/))[1]);
    const big = 'x'.repeat(3_000_000);
    expect(await exchange(port, 'one')).toBe('one');
    expect((await exchange(port, big)) === big).toBe(true);
  });

  it('has a connection of its own for each one', async () => {
    await shell('mkdir -p /www; echo served >/www/index.html; httpd -p 80 -h /www');
    await using forward = going('port-forward', 'linux', ':80/tcp');
    const url = `http://127.0.0.1:${(await forward.line(/:(\d+) -> 80/))[1]}/`;
    const pages = Array.from({ length: 8 }, async () =>
      (await fetch(url, { headers: { connection: 'close' } })).text(),
    );
    expect(new Set(await Promise.all(pages))).toEqual(new Set(['served\n']));
  });

  it('leaves nothing open on the host when the connections are there', async () => {
    await using forward = going('port-forward', 'linux', ':7');
    const port = Number((await forward.line(/:(\d+) -> 7/))[1]);
    const before = await listeners();
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('hello');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('hello');
    expect(await listeners()).toEqual(before);
    socket.destroy();
  });

  it('brings datagrams there and back', async () => {
    await using forward = going('port-forward', 'linux', ':9/udp');
    const port = Number((await forward.line(/:(\d+) -> 9\/udp/))[1]);
    const socket = createSocket('udp4');
    const answered = once(socket, 'message');
    const again = setInterval(() => socket.send('ping', port, '127.0.0.1'), 300);
    const [answer] = await answered;
    clearInterval(again);
    socket.close();
    expect(String(answer)).toBe('ping');
  });

  it('joins standard input and output with a port', async () => {
    const { code, stdout } = await person.run(VMCTL, ['port-forward', '--stdio', 'linux', '7'], {
      input: 'through a pipe',
    });
    expect([code, stdout]).toEqual([0, 'through a pipe']);
  });

  it('says what is wrong', async () => {
    expect(await person.vmctl('port-forward', 'linux', '70000')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no port to forward'),
    });
    const none = await person.vmctl('port-forward', '--stdio', 'screen', '22');
    expect(none).toMatchObject({ code: 5, stderr: expect.stringContaining('no address of screen is known') });
    expect((await person.vmctl('port-forward', '--stdio', 'nobody', '22')).code).toBe(3);
  });
});

/** Ports on which something listens, of this whole host. */
async function listeners(): Promise<string[]> {
  const table = await readFile('/proc/net/tcp', 'utf8');
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, , , state]) => state === '0A')
    .map(([, local]) => local ?? '')
    .sort();
}

describe('the screen', () => {
  it('is saved as PNG', async () => {
    const file = join(person.folder, 'now.png');
    await until(
      async () => {
        await person.ok('screenshot', 'screen', file);
        return (await pixelOf(await readFile(file))).join() === '168,0,0';
      },
      { limitMs: 30_000, what: () => 'a red screen' },
    );
  });

  it('says why there is none', async () => {
    expect(await person.vmctl('screenshot', 'linux', '-')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('spec.video'),
    });
    expect(await person.vmctl('vnc', 'linux', '--proxy-only')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no VNC display'),
    });
  });

  it('takes keys', async () => {
    await person.ok('sendkey', 'screen', '--text', 'aZ', 'f', 'shift-g');
    await says('screen', /a\r?\nZ\r?\nf\r?\nG/);
    expect(await person.vmctl('sendkey', 'screen', 'nokey')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nokey'),
    });
  });

  it('is a VNC server on a port of this computer for a viewer', async () => {
    await using proxy = going('vnc', 'screen', '--proxy-only');
    const port = Number((await proxy.line(/127\.0\.0\.1:(\d+)/))[1]);
    const socket = connect({ host: '127.0.0.1', port });
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toMatch(/^RFB 003\.\d+\n$/);
    socket.destroy();
  });

  it('is shown in a browser, which presses its keys; the address is good for one browser', async () => {
    await using web = going('vnc', 'screen', '--web', '--no-browser');
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
    const browser = await chromium.launch({ executablePath, args });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByText('connected', { exact: true }).waitFor();
      await page.keyboard.press('d');
      await says('screen', /\nd\r?\n/);
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
        limitMs: 20_000,
        what: () => 'red in the browser',
      });
      await page.keyboard.press('b');
      await until(async () => (await colour()).join() === '0,168,0', {
        limitMs: 20_000,
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

describe('what machines use', () => {
  const metrics = async () => {
    const { users, clusters } = JSON.parse(await readFile(join(person.home, 'api/kubeconfig'), 'utf8'));
    expect(clusters[0].cluster.server).toMatch(/^https:/);
    expect(users).toHaveLength(1);
    return (await person.run('kubectl', ['get', '--raw', '/metrics'])).stdout;
  };

  it('is on /metrics for Prometheus, for who may use the API, and goes with the object', async () => {
    const page = await metrics();
    expect(page).toMatch(/^vmctl_machine_cpu_seconds_total\{namespace="default",name="screen"\} \d/m);
    expect(page).toMatch(
      /^vmctl_machine_disk_read_requests_total\{namespace="default",name="screen",disk="root"\} [1-9]/m,
    );
    expect(page).toMatch(/^vmctl_machine_memory_size_bytes\{namespace="default",name="screen"\} 33554432$/m);
    expect(page).toMatch(/^vmctl_pool_capacity_bytes\{pool="default"\} [1-9]\d+$/m);
    expect(page).toMatch(/^vmctl_reconcile_seconds_count\{kind="VirtualMachine"\} [1-9]/m);
    expect(page).toMatch(/^vmctl_qmp_seconds_bucket\{command="query-status",le="\+Inf"\} [1-9]/m);
    const refused = await person.run('curl', [
      '-sk',
      `${/https:[^"]+/.exec(await readFile(join(person.home, 'api/kubeconfig'), 'utf8'))}/metrics`,
    ]);
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 401 });
  });

  it('is shown by top, once in a pipe', async () => {
    const [head, first, second] = (await person.ok('top', '--sort', 'name')).trimEnd().split('\n');
    expect(head).toMatch(/^NAME +POWER +CPU +CPUS +MEMORY +OF +READ +WRITE +RECEIVE +SEND$/);
    expect(first).toMatch(/^linux +Running +\d+% +1 +\d.* MiB +224 MiB +0 B\/s +0 B\/s +- +-$/);
    expect(second).toMatch(/^screen +Running +\d+% +1 +[\d.]+ MiB +32\.0 MiB/);
  });

  it('is shown live on a terminal, sorted by the key that is pressed', async () => {
    const steps = [
      ['expect', 'NAME'],
      ['expect', '%'],
      ['send', 'm'],
      ['expect', '[memory]'],
      ['send', 'q'],
    ];
    const terminal = join(import.meta.dirname, 'terminal.py');
    const env = { TERM: 'xterm-256color' };
    const { stdout } = await person.run('python3', [terminal, JSON.stringify(steps), VMCTL, 'top'], { env });
    const seen = JSON.parse(stdout) as { output: string };
    expect(seen).toMatchObject({ code: 0, cooked: true });
    expect(seen.output).toContain('2 machines, 2 running');
    expect(seen.output.slice(seen.output.lastIndexOf('[memory]') - 2000)).toMatch(/linux[\s\S]*screen/);
  });

  it('is forgotten with the machine', async () => {
    await person.ok('delete', 'vm', 'screen', '--wait');
    const page = await metrics();
    expect(page).not.toContain('name="screen"');
    expect(page).toContain('name="linux"');
  });
});

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
