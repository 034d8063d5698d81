import { describe, expect, test } from 'vitest';
import { planPassts } from '../../executor/kinds/virtualmachine/passt.ts';
import { argumentsOf, passtArguments, passtOf } from '../../executor/network/passt/arguments.ts';
import { greeting } from '../../executor/network/passt/greeting.ts';
import { withPrograms } from '../../executor/network/user.ts';
import { gone, machine } from '../kinds/virtualmachine/scene.ts';

const MAC = '52:55:00:01:02:03';
const WEB = { hostAddress: '0.0.0.0', hostPort: 8080, port: 80, protocol: 'TCP' } as const;
const DNS = { hostAddress: '127.0.0.1', hostPort: 5353, port: 53, protocol: 'UDP' } as const;

describe('the command line of passt', () => {
  const argv = passtArguments({ mac: MAC, mtu: 1500 }, { forwards: [WEB], access: [DNS] });

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

describe('the choice', () => {
  const forwards = [WEB];
  test.each([
    ['slirp where nothing is asked for', {}, 'Slirp'],
    ['what the network asks for', { program: 'Passt' }, 'Passt'],
  ] as const)('%s', (_what, asked, program) => {
    expect(withPrograms({ eth0: { user: { forwards, ...asked } } })).toEqual({
      eth0: { user: { forwards, program } },
    });
  });
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
