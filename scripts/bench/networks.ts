import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ensureTaps, removeTaps } from '../../executor/network/tap/taps.ts';
import { type } from '../../test/e2e/harness.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../../test/fixtures/guests/linux.ts';
import { createHost, createLinux, importGuest, networkReady, type TestHost } from '../../test/network/host.ts';
import { whyNoNetworks } from '../../test/network/namespace.ts';
import { type Measure, measure, median } from './measure.ts';

const run = promisify(execFile);
const MEBIBYTES = 24;
const ROUNDS = 5;

/** Receives everything, and says how many bytes came in a second. */
const SINK = `
require('node:net').createServer((socket) => {
  let [bytes, first] = [0, 0];
  socket.on('data', (chunk) => { first ||= performance.now(); bytes += chunk.length; });
  socket.on('end', () => { console.log(bytes / (performance.now() - first) * 1000); socket.end(); });
}).listen(7300, '0.0.0.0', () => console.log('ready'));`;

const SEND = (gateway: string): string =>
  `dd if=/dev/zero bs=64k count=${MEBIBYTES * 16} 2>/dev/null | nc ${gateway} 7300\n`;

/** What a guest sends to its host in a second: on a network of ours, and the same qemu on a tap made by hand. */
async function throughput(on: TestHost): Promise<Measure> {
  const [file = '', ...words] = [...on.host.enter, process.execPath, '-e', SINK];
  const sink = spawn(file, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(sink.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const byHand = await startByHand(on);
  const [ours, theirs]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      await type(on.executor, 'web', SEND('10.9.0.1'));
      ours.push(Number((await lines.next()).value));
      // Its shell may have missed what was typed before it listened.
      byHand.stdin.write(`ip addr replace 10.8.0.2/24 dev eth0; ${SEND('10.8.0.1')}`);
      theirs.push(Number((await lines.next()).value));
    }
  } finally {
    sink.kill();
    byHand.kill();
    await once(byHand, 'exit');
  }
  const MIB = 1024 * 1024;
  const [a, b] = [median(ours.slice(1)) / MIB, median(theirs.slice(1)) / MIB];
  return measure('TCP, guest to host on nat : on a hand-made tap', 'MiB/s', a, b);
}

/** The same machine, without us. */
async function startByHand({ host, executor }: TestHost) {
  await host.run('ip', 'tuntap', 'add', 'dev', 'hand', 'mode', 'tap');
  await host.run('ip', 'address', 'add', '10.8.0.1/24', 'dev', 'hand');
  await host.run('ip', 'link', 'set', 'hand', 'up');
  const { kernel, initrd, commandLine } = await linuxGuest();
  const pid = (await executor.eventually('VirtualMachine', 'web', (it) => it?.status?.pid)).status?.pid;
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const cpu = argv[argv.indexOf('-cpu') + 1] ?? 'max';
  const [file = '', ...words] = [
    ...[
      ...host.enter,
      argv[0] ?? '',
      '-nodefaults',
      '-no-user-config',
      '-machine',
      'q35',
      '-accel',
      'tcg',
      '-cpu',
      cpu,
    ],
    ...['-m', `${LINUX_MEMORY_MIB}`, '-nographic', '-serial', 'stdio'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', commandLine],
    ...['-netdev', 'tap,id=net,ifname=hand,script=no,downscript=no', '-device', 'virtio-net-pci,netdev=net,romfile='],
  ];
  const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(child.stdout)) if (line.includes('vmctl-guest ready')) break;
  child.stdout.resume();
  return child;
}

const TAPS = 200;

/** Taps on a bridge, made and removed: as a machine's start and end do it, and by a shell. */
async function taps(): Promise<Measure> {
  const bridge = `vmb${randomBytes(3).toString('hex')}`;
  await run('ip', ['link', 'add', 'name', bridge, 'type', 'bridge']);
  const names = Array.from({ length: TAPS }, (_, i) => `vt${bridge.slice(3)}${i}`);
  const owner = { uid: 0, gid: 0 };
  const wanted = names.map((device) => ({
    backend: { device, network: 'bench', bridge, queues: 1, offload: true },
    mark: { owner: 'bench', network: 'bench', machine: 'bench', nic: device },
    owner,
  }));
  const script = `for name in ${names.join(' ')}; do
    ip tuntap add dev $name mode tap user 0 group 0
    ip link set dev $name master ${bridge}
    ip link set dev $name up
  done
  for name in ${names.join(' ')}; do ip link del dev $name; done`;
  const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      ours.push(
        await elapsed(async () => {
          await ensureTaps(wanted);
          await removeTaps(names);
        }),
      );
      theirs.push(await elapsed(() => run('sh', ['-c', script])));
    }
    return measure(`${TAPS} taps made and removed : a shell loop of ip`, 'ms', median(ours), median(theirs));
  } finally {
    await run('ip', ['link', 'del', 'dev', bridge]);
  }
}

export async function networks(): Promise<Measure[]> {
  const why = await whyNoNetworks();
  if (why) {
    console.error(`networks are not measured: ${why}`);
    return [];
  }
  const on = await createHost();
  try {
    await importGuest(on.executor);
    await on.executor.create('VirtualMachineNetwork', 'lan', { nat: { cidr: '10.9.0.0/24' } });
    await networkReady(on.executor, 'lan');
    await createLinux(on.executor, 'web', [{ name: 'eth0', network: { name: 'lan' } }]);
    await on.executor.says('web', 'vmctl-guest lease', 120_000);
    return [await throughput(on), await taps()];
  } finally {
    await on[Symbol.asyncDispose]();
  }
}
