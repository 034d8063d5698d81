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
  expect(refusedBy(machine("<nonsense mode='mars'/>"), { source: 'web.xml' }).message).toBe(
    'web.xml:6: /domain/nonsense/@mode: element <nonsense> is not supported',
  );
});

test('an element that is refused whole is named once', () => {
  const { message, refused } = refusedBy(device("<nonsense a='1'><b c='2'/><d>3</d></nonsense>"));
  expect(refused).toHaveLength(3);
  expect(message.split('\n')).toHaveLength(1);
});

test('a root that is none of ours is refused with every leaf', () => {
  const { refused } = refusedBy('<nwfilter name="a">\n<rule action="drop"/></nwfilter>');
  expect(refused.map(({ xpath }) => xpath)).toEqual(['/nwfilter/@name', '/nwfilter/rule/@action']);
  expect(refused[0]?.reason).toMatch(/<nwfilter> is not imported; what is: domain, network/);
});

test('the report of a refusal has the accepted leaves too', () => {
  const { report } = refusedBy(machine("<nonsense mode='mars'/>"));
  expect(report.find(({ xpath }) => xpath === '/domain/name')?.outcome).toBe('imported');
});
