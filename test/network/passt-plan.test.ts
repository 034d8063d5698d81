import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { planPassts } from '../../executor/kinds/virtualmachine/passt.ts';
import { argumentsOf, passtArguments, passtOf, pestoArguments } from '../../executor/network/passt/arguments.ts';
import { greeting } from '../../executor/network/passt/greeting.ts';
import { findPasst, findPassts } from '../../executor/network/passt/process.ts';
import { withPrograms } from '../../executor/network/user.ts';
import { until } from '../e2e/until.ts';
import { gone, machine } from '../kinds/virtualmachine/scene.ts';

const MAC = '52:55:00:01:02:03';
const WEB = { hostAddress: '0.0.0.0', hostPort: 8080, port: 80, protocol: 'TCP' } as const;
const DNS = { hostAddress: '127.0.0.1', hostPort: 5353, port: 53, protocol: 'UDP' } as const;

describe('the command line of passt', () => {
  const argv = passtArguments({ mac: MAC, mtu: 1500 }, [WEB, DNS]);

  test('gives the guest the world of slirp, and forwards both protocols', () => {
    expect(argv).toEqual([
      ...['--foreground', '--quiet', '--ipv4-only', '--interface', 'lo', '--fd', '3'],
      ...['--address', '10.0.2.15', '--netmask', '255.255.255.0', '--gateway', '10.0.2.2'],
      ...['--dns', '10.0.2.3', '--dns-forward', '10.0.2.3', '--mac-addr', MAC, '--mtu', '1500'],
      ...['--tcp-ports', '0.0.0.0/8080:80', '--udp-ports', '127.0.0.1/5353:53'],
    ]);
  });

  test('is known again in a process, and nobody else’s is taken for it', () => {
    const running = ['/usr/bin/passt', ...argv];
    expect(passtOf(running)).toBe(MAC);
    expect(argumentsOf(running)).toEqual(argv);
    expect(passtOf(['setpriv', '--', ...running])).toBe(MAC);
    expect(passtOf(['/usr/bin/passt', '--foreground'])).toBeUndefined();
    expect(passtOf(['vi', '--mac-addr', MAC])).toBeUndefined();
    expect(passtOf([])).toBeUndefined();
  });
});

test('the greeting is an ARP request in the framing of qemu’s streams', () => {
  const bytes = greeting(MAC);
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
  expect(bytes.subarray(4, 46).toString('hex')).toBe(
    'ffffffffffff5255000102030806' + '0001080006040001525500010203' + '0a000202' + '000000000000' + '0a00020f',
  );
});

test('other forwards are all that it forwards from then on', () => {
  expect(pestoArguments('/run/m/passt.sock', [WEB, DNS])).toEqual([
    ...['--clear', 'HOST', '--tcp-ports', '0.0.0.0/8080:80', '--udp-ports', '127.0.0.1/5353:53', '/run/m/passt.sock'],
  ]);
  expect(pestoArguments('/run/m/passt.sock', [])).toEqual(['--clear', 'HOST', '/run/m/passt.sock']);
});

describe('the choice', () => {
  const forwards = [WEB];
  const [none, old, able] = [{}, { passt: true, pesto: false }, { passt: true, pesto: true }];
  test.each([
    ['slirp where there is no passt', none, {}, { program: 'Slirp' }],
    ['slirp where passt would cut connections for another forward', old, {}, { program: 'Slirp' }],
    ['passt where it takes other forwards while it runs', able, {}, { program: 'Passt', control: true }],
    ['passt where the network asks for it', old, { program: 'Passt' }, { program: 'Passt' }],
    ['slirp where the network asks for it', able, { program: 'Slirp' }, { program: 'Slirp' }],
    [
      'what an earlier start has chosen',
      none,
      { program: 'Passt', control: true },
      { program: 'Passt', control: true },
    ],
  ] as const)('%s', (_what, host, asked, chosen) => {
    expect(withPrograms({ eth0: { user: { forwards, ...asked } } }, host)).toEqual({
      eth0: { user: { forwards, ...chosen } },
    });
  });
});

test('one that was killed a moment after it was seen is not there any more', async () => {
  const child = spawn('sh', ['-c', 'read line', 'passt', '--mac-addr', MAC], { stdio: ['pipe', 'ignore', 'ignore'] });
  await until(() => findPassts().has(MAC), { limitMs: 60_000, what: () => 'the process' });
  expect(findPasst(MAC)?.pid).toBe(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(findPasst(MAC)).toBeUndefined();
});

test('one that is gone or stale is followed by another, but one that ends at once not again and again', () => {
  const at = {
    now: 10_000,
    passts: { a: 'there', b: 'gone', c: 'stale', d: 'gone' },
    passtsAt: { c: 9999, d: 9500 },
  } as const;
  expect(planPassts({ ...gone(machine()), ...at })).toEqual([
    { type: 'serve-user', name: 'b' },
    { type: 'serve-user', name: 'c' },
    { type: 'wait', ms: 1500 },
  ]);
});
