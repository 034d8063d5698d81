import { expect, test } from 'vitest';
import { afterEnd, afterFailedStart, beforeStart, settled } from '../../../executor/kinds/virtualmachine/history.ts';
import { startFailure } from '../../../executor/kinds/virtualmachine/start-failure.ts';
import { launched, machine, NOW, record } from './scene.ts';

const backoff = { firstMs: 1000, longestMs: 8000 };
const moment = { now: NOW, backoff, random: 0 };
const vm = machine();
const running = (more: object = {}) => record(vm, { launched: launched(vm, more) as never });
const CRASH = { reason: 'QemuExited', crashed: true, held: false } as const;

test('crashes back off, doubling up to the longest delay', () => {
  let current = running();
  const delays = [1, 2, 3, 4, 5].map(() => {
    current = { ...afterEnd(current, CRASH, moment), launched: launched(vm) as never };
    return (current.notBefore ?? 0) - NOW;
  });
  expect(delays).toEqual([1000, 2000, 4000, 8000, 8000]);
  expect(current).toMatchObject({
    failures: 5,
    again: true,
    lastStop: { reason: 'QemuExited', time: '2026-01-02T03:04:05Z' },
  });
});

test('a machine that ran for long has recovered', () => {
  const after = afterEnd({ ...running({ startedAt: '2026-01-02T02:00:00Z' }), failures: 7 }, CRASH, moment);
  expect(after.failures).toBe(1);
});

test('an end as requested forgets crashes, and is no restart of the policy', () => {
  const after = afterEnd({ ...running(), failures: 3 }, { reason: 'Requested', crashed: false, held: false }, moment);
  expect(after).toMatchObject({ failures: 0, again: false, held: false });
  expect(after.launched).toBeUndefined();
  expect(after.notBefore).toBeUndefined();
});

test('a start answers the restart that is under way, not one that was asked for meanwhile', () => {
  const before = { ...record(vm), doing: { restart: 'one' }, done: { restart: 'zero' } };
  expect(beforeStart(before, { restart: 'two' }, false)).toMatchObject({ doing: {}, done: { restart: 'one' } });
  expect(beforeStart(record(vm), { restart: 'two', reset: 'r' }, false).done).toEqual({ restart: 'two', reset: 'r' });
});

test('a start by the policy is counted until the machine is stopped', () => {
  const counted = beforeStart(record(vm, { again: true, restarts: 2 }), {}, true);
  expect(counted).toMatchObject({ restarts: 3, again: false, held: false });
  expect(settled(counted).restarts).toBe(0);
});

test('a start that came to nothing is told and backed off', () => {
  const failure = { reason: 'PortTaken', message: 'x' };
  expect(afterFailedStart(running(), failure, moment)).toMatchObject({
    startFailure: failure,
    failures: 1,
    notBefore: NOW + 1000,
  });
});

test.each([
  [
    "Could not set up host forwarding rule 'tcp:127.0.0.1:2222-:22'",
    'PortTaken',
    '127.0.0.1:2222/TCP is taken on this node; free it or forward another port',
  ],
  [
    "could not set up host forwarding rule 'udp:[::1]:53-:53'",
    'PortTaken',
    '[::1]:53/UDP is taken on this node; free it or forward another port',
  ],
  [
    'Failed to get "write" lock\nIs another process using the image [/pool/a b.qcow2]?',
    'DiskLocked',
    'another process uses /pool/a b.qcow2; end it',
  ],
  ["Could not open '/pool/x': Permission denied", 'DiskUnreadable', 'qemu cannot open /pool/x: Permission denied'],
  [
    "cannot set up guest memory 'pc.ram': Cannot allocate memory",
    'NotEnoughMemory',
    expect.stringContaining('smaller'),
  ],
  ['something else', 'StartFailed', 'something else'],
])('%s is told as %s', (said, reason, message) => {
  expect(startFailure(new Error(`qemu exited with code 1: ${said}`))).toEqual({
    reason,
    message: reason === 'StartFailed' ? `qemu exited with code 1: ${said}` : message,
  });
});
