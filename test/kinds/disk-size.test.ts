import { expect, test } from 'vitest';
import { sizeCanWait } from '../../executor/kinds/virtualmachinedisk/size.ts';
import type { VirtualMachineDiskStatus } from '../../schemas/kinds/disk.ts';

const status = (actualSize: string, more: Partial<VirtualMachineDiskStatus> = {}): VirtualMachineDiskStatus => ({
  ...{ phase: 'Ready', observedGeneration: 1, path: '/p/x.qcow2', virtualSize: '1Gi', actualSize },
  ...more,
});

test('the space that a volume takes is told at once, and then no more often than once a second', () => {
  expect(sizeCanWait(status('1Mi'), status('2Mi'), undefined, 5000)).toBe(0);
  expect(sizeCanWait(status('2Mi'), status('3Mi'), 5000, 5200)).toBe(800);
  expect(sizeCanWait(status('2Mi'), status('3Mi'), 5000, 6000)).toBe(0);
});

test('whatever else is new is told with it at once', () => {
  expect(sizeCanWait(undefined, status('1Mi'), 5000, 5200)).toBe(0);
  expect(sizeCanWait(status('1Mi'), status('2Mi', { virtualSize: '2Gi' }), 5000, 5200)).toBe(0);
  expect(sizeCanWait(status('1Mi', { usedBy: 'web' }), status('2Mi'), 5000, 5200)).toBe(0);
  expect(sizeCanWait(status('1Mi'), status('1Mi', { phase: 'Failed' }), 5000, 5200)).toBe(0);
});
