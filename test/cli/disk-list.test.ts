import { describe, expect, it } from 'vitest';
import { entryName, findDrive, findEntry, withEntry, withMedium, withoutEntry } from '../../cli/machine/disk-list.ts';
import { diskAttached, diskDetached, mediumChanged } from '../../cli/wait/disks.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

const ROOT = { name: 'root', device: 'disk', image: { name: 'debian' } };
const CD = { name: 'cd', device: 'cdrom', bus: 'scsi', image: { name: 'dvd' } };
const FD = { name: 'fd', device: 'floppy', disk: { name: 'floppy' } };

const machine = (disks: readonly object[], status: object = {}) =>
  ({
    metadata: { name: 'web', generation: 2 },
    spec: { disks },
    status: { observedGeneration: 2, ...status },
  }) as VirtualMachine;

describe("a machine's list of disks", () => {
  it('takes a disk under a name of its own', () => {
    expect(withEntry(machine([ROOT]), { name: 'data', disk: { name: 'd' } })).toEqual([
      ROOT,
      { name: 'data', disk: { name: 'd' } },
    ]);
    expect(() => withEntry(machine([ROOT]), { name: 'root' })).toThrow('has a disk "root" already');
    expect(entryName('web.data')).toBe('web-data');
    expect(entryName(`${'x'.repeat(62)}-y`)).toBe('x'.repeat(62));
  });

  it('finds one by either name', () => {
    expect(findEntry(machine([ROOT, FD]), 'floppy')).toBe(FD);
    expect(withoutEntry(machine([ROOT, FD]), FD as never)).toEqual([ROOT]);
    expect(() => findEntry(machine([ROOT]), 'x')).toThrow('has no disk "x"');
  });

  it('changes what is in a drive and nothing else', () => {
    const { image: _, ...empty } = CD;
    expect(withMedium(machine([ROOT, CD]), CD as never, {})).toEqual([ROOT, empty]);
    expect(withMedium(machine([CD]), CD as never, { disk: { name: 'd' } })).toEqual([
      { ...empty, disk: { name: 'd' } },
    ]);
    expect(findDrive(machine([ROOT, CD]), undefined)).toBe(CD);
    expect(() => findDrive(machine([CD, FD]), undefined)).toThrow('which drive?');
    expect(() => findDrive(machine([ROOT, CD]), 'root')).toThrow('which is no drive');
    expect(() => findDrive(machine([ROOT]), undefined)).toThrow('has no CD-ROM');
  });
});

describe('waiting for a disk', () => {
  const condition = (type: string, status: string, message: string) => ({
    conditions: [{ type, status, message, reason: 'R', lastTransitionTime: '' }],
  });
  const verdict = (judge: typeof diskDetached, status: object) => judge('data')(machine([ROOT], status)).state;
  const data = (state: string) => ({ disks: [{ name: 'data', state }] });
  const restart = condition('RestartRequired', 'True', 'not possible: spec.disks[data] (no port)');

  it.each([
    ['attached', diskAttached, data('Attached'), 'done'],
    ['not yet', diskAttached, { powerState: 'Running' }, 'working'],
    ['off', diskAttached, { powerState: 'Stopped' }, 'done'],
    ['not there', diskAttached, { powerState: 'Stopped', ...condition('DisksReady', 'False', 'gone') }, 'working'],
    ['impossible', diskAttached, restart, 'failed'],
    ['held back', diskDetached, data('Detaching'), 'working'],
    ['gone', diskDetached, {}, 'done'],
    ['fixed', diskDetached, { ...data('Detaching'), ...restart }, 'failed'],
    ['in the drive', mediumChanged, { powerState: 'Running' }, 'done'],
    ['refused', mediumChanged, { powerState: 'Running', ...condition('Ready', 'False', 'qemu refused') }, 'working'],
  ])('%s', (_, judge, status, state) => {
    expect(verdict(judge, status)).toBe(state);
  });
});
