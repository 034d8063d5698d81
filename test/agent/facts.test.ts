import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFilesystems, readInterfaces, readSystem } from '../../executor/agent/facts.ts';
import { machineStatus } from '../../schemas/kinds/machine/status.ts';
import { neutralise, visible } from '../../schemas/types/untrusted.ts';

describe('what a guest says of itself', () => {
  test('interfaces with their addresses, the others left out', () => {
    const answer = [
      {
        name: 'eth0',
        'hardware-address': '52:54:00:AA:bb:cc',
        'ip-addresses': [
          { 'ip-address': '10.0.2.15', 'ip-address-type': 'ipv4', prefix: 24 },
          { 'ip-address': 'fe80::1', 'ip-address-type': 'ipv6', prefix: 64 },
          { 'ip-address': '10.0.0.1; rm -rf /' },
          null,
        ],
      },
      { name: 'lo', 'hardware-address': 'none of your business' },
      { 'hardware-address': '52:54:00:00:00:01' },
    ];
    expect(readInterfaces(answer)).toEqual([
      { name: 'eth0', macAddress: '52:54:00:aa:bb:cc', addresses: ['10.0.2.15', 'fe80::1'] },
      { name: 'lo' },
    ]);
  });

  test('file systems in an order that stays', () => {
    const answer = [
      { mountpoint: '/var', type: 'ext4', 'used-bytes': 5, 'total-bytes': 10, disk: [] },
      { mountpoint: '/', type: 'ext4', 'used-bytes': -1, 'total-bytes': 1e30 },
    ];
    expect(readFilesystems(answer)).toEqual([
      { mountPoint: '/', type: 'ext4' },
      { mountPoint: '/var', type: 'ext4', usedBytes: 5, totalBytes: 10 },
    ]);
  });

  test('its system, cut and without escape sequences', () => {
    const os = { 'pretty-name': `Debian\u001b]0;root\u0007${'x'.repeat(1000)}`, 'kernel-release': '6.1.0' };
    const facts = readSystem({ version: '7.2' }, { 'host-name': 'web' }, os);
    expect(facts).toMatchObject({ agentVersion: '7.2', hostName: 'web', kernel: '6.1.0' });
    expect(facts.os).toHaveLength(256);
    expect(facts.os).not.toMatch(/[\u001b\u0007]/);
  });

  test('whatever it says, it fits the status', () => {
    const any = fc.anything({ withNullPrototype: false });
    const pair = fc.record({
      name: any,
      'hardware-address': any,
      'ip-addresses': any,
      mountpoint: fc.string(),
      type: any,
    });
    const answers = fc.oneof(any, fc.array(fc.oneof(any, pair), { maxLength: 80 }));
    fc.assert(
      fc.property(answers, (answer) => {
        const guest = {
          ...readSystem(answer, answer, answer),
          interfaces: readInterfaces(answer),
          filesystems: readFilesystems(answer),
        };
        expect(machineStatus.shape.guest.safeParse(guest).error?.issues).toBeUndefined();
      }),
    );
  });
});

describe('text from a guest', () => {
  test('keeps lines and tabs on a terminal, and shows what it would obey', () => {
    expect(visible('a\tb\r\nc\u001b[31m\u0007\u009b\u007f\u202e\rd')).toBe('a\tb\r\nc^[[31m^GM-^[^?\\u202e^Md');
  });

  test('never has a control character left, or half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (words) => {
        const line = neutralise(words, 20);
        expect(line.length).toBeLessThanOrEqual(20);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(visible(words)).not.toMatch(/(?![\n\t\r])\p{Cc}/u);
      }),
    );
  });
});
