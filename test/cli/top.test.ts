import { describe, expect, it } from 'vitest';
import { bytes, cells } from '../../cli/top/cells.ts';
import { loads, sorted } from '../../cli/top/rates.ts';
import type { Sample, Stats } from '../../cli/top/sample.ts';

const stats = (time: number, more: Partial<Stats> = {}): Stats => ({
  ...{ time, cpuSeconds: 0, cpus: 2, residentBytes: 1024, memoryBytes: 2048, disks: [], interfaces: [] },
  ...more,
});
const web = (of?: Stats): Sample => ({ namespace: 'shop', name: 'web', power: 'Running', ...(of && { stats: of }) });

describe('the rates of vmctl top', () => {
  it('are what grew between two looks, by second', () => {
    const nic = (receivedBytes: number, sentBytes: number) => ({ receivedBytes, sentBytes });
    const disk = (readBytes: number, writtenBytes: number) => ({ readBytes, writtenBytes });
    const before = stats(1000, { cpuSeconds: 10, disks: [disk(0, 100), disk(5, 5)], interfaces: [nic(1, 1)] });
    const after = stats(3000, { cpuSeconds: 13, disks: [disk(200, 100), disk(5, 9)], interfaces: [nic(5, 1)] });
    expect(loads([web(before)], [web(after)])).toEqual([
      {
        ...{ namespace: 'shop', name: 'web', power: 'Running', cpus: 2, residentBytes: 1024, memoryBytes: 2048 },
        ...{ cpu: 1.5, read: 100, written: 2, received: 2, sent: 0 },
      },
    ]);
  });

  it('are unknown at the first look, after a restart, of what the host cannot count, and of what is off', () => {
    expect(loads([], [web(stats(1000))])[0]).not.toHaveProperty('cpu');
    const [restarted] = loads([web(stats(1000, { cpuSeconds: 9 }))], [web(stats(2000, { cpuSeconds: 1 }))]);
    expect(restarted).not.toHaveProperty('cpu');
    expect(restarted).not.toHaveProperty('sent');
    expect(restarted?.read).toBe(0);
    expect(loads([], [web()])).toEqual([{ namespace: 'shop', name: 'web', power: 'Running' }]);
  });

  it('sort the most first, what is unknown last, and by name what is alike', () => {
    const load = (name: string, cpu?: number) => ({
      namespace: 'a',
      name,
      power: 'Running',
      ...(cpu !== undefined && { cpu }),
    });
    const names = (order: 'cpu' | 'name') =>
      sorted([load('d'), load('c', 0.1), load('b', 2), load('a', 0.1)], order).map(({ name }) => name);
    expect(names('cpu')).toEqual(['b', 'a', 'c', 'd']);
    expect(names('name')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are short', () => {
    expect([undefined, 0, 999, 1000, 1536, 150_000, 5 * 2 ** 30, 2 ** 52].map(bytes)).toEqual([
      '-',
      '0 B',
      '999 B',
      '1.0 KiB',
      '1.5 KiB',
      '146 KiB',
      '5.0 GiB',
      '4096 TiB',
    ]);
    const load = { namespace: 'shop', name: 'web\u001b[2J', power: 'Running', cpu: 0.256, cpus: 2 };
    const [name, , cpu] = cells(load, false);
    expect(name).not.toContain('\u001b');
    expect(cpu).toBe('26%');
  });
});
