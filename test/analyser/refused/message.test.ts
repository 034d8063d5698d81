import { expect, test } from 'vitest';
import { device, machine, refusedBy } from './cases.ts';

test('every fault is told, not only the first', () => {
  const { refused, message } = refusedBy(
    machine("<clock offset='mars'/><pm><nap/></pm><devices><emulator>x</emulator></devices>"),
  );
  expect(refused.map(({ xpath }) => xpath)).toEqual([
    '/domain/clock/@offset',
    '/domain/pm/nap',
    '/domain/devices/emulator',
  ]);
  expect(message.split('\n')).toHaveLength(3);
});

test('the message names the file, the line and the XPath', () => {
  expect(refusedBy(machine("<clock offset='mars'/>"), { source: 'web.xml' }).message).toBe(
    'web.xml:6: /domain/clock/@offset: "mars" is not supported; known: utc, localtime',
  );
});

test('an element that is refused whole is named once', () => {
  const { message, refused } = refusedBy(device("<disk type='nvme'><source namespace='1'/><target dev='vda'/></disk>"));
  expect(refused).toHaveLength(3);
  expect(message.split('\n')).toHaveLength(1);
});

test('another root than a domain is refused with every leaf', () => {
  const { refused } = refusedBy('<network>\n<name>default</name><bridge name="virbr0"/></network>');
  expect(refused.map(({ xpath }) => xpath)).toEqual(['/network/name', '/network/bridge/@name']);
  expect(refused[0]?.reason).toMatch(/no <domain>/);
});

test('the report of a refusal has the accepted leaves too', () => {
  const { report } = refusedBy(machine("<clock offset='mars'/>"));
  expect(report.find(({ xpath }) => xpath === '/domain/name')?.outcome).toBe('imported');
});
