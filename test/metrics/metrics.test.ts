import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { exposition } from '../../executor/metrics/exposition.ts';
import { machineFamilies } from '../../executor/metrics/families.ts';
import { Histogram } from '../../executor/metrics/histogram.ts';
import { QMP_COMMAND, timed } from '../../executor/metrics/timing.ts';
import { cpuSecondsOf, diskUsage } from '../../executor/metrics/usage.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

describe('the text format', () => {
  it('escapes what a label and a help text may hold, and leaves out families without samples', () => {
    const page = exposition([
      { name: 'a', help: 'one\\two\nthree', type: 'gauge', samples: [{ labels: { disk: 'x"\\\n' }, value: 1.5 }] },
      { name: 'b', help: '', type: 'counter', samples: [] },
    ]);
    expect(page).toBe('# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{disk="x\\"\\\\\\n"} 1.5\n');
  });

  it('has histograms whose buckets hold those below them', () => {
    const histogram = new Histogram('t_seconds', 'Time.', 'kind');
    for (const seconds of [0.0005, 0.003, 0.003, 100]) histogram.observe('vm', seconds);
    const page = exposition([histogram.family()]);
    expect(page).toContain('t_seconds_bucket{kind="vm",le="0.001"} 1\n');
    expect(page).toContain('t_seconds_bucket{kind="vm",le="0.005"} 3\n');
    expect(page).toContain('t_seconds_bucket{kind="vm",le="30"} 3\n');
    expect(page).toContain('t_seconds_bucket{kind="vm",le="+Inf"} 4\n');
    expect(page).toContain('t_seconds_count{kind="vm"} 4\n');
    expect(page).toMatch(/t_seconds_sum\{kind="vm"\} 100\.006/);
  });
});

describe('what a machine uses', () => {
  it('is read from /proc whatever the process calls itself', () => {
    const fields = Array.from({ length: 50 }, (_, index) => index + 3).join(' ');
    // utime is the 14th field and stime the 15th.
    expect(cpuSecondsOf(`42 (qemu) x) ) ${fields}`)).toBe((14 + 15) / 100);
  });

  it("is counted by disk, whose device qemu's path names", () => {
    const stats = { rd_bytes: 1, wr_bytes: 2, rd_operations: 3, wr_operations: 4, wr_highest_offset: 0 };
    const found = diskUsage(
      [
        { qdev: '/machine/peripheral/disk-root/virtio-backend', stats },
        { qdev: '/machine/peripheral/disk-root2', stats: { ...stats, rd_bytes: 9 } },
      ],
      ['root', 'gone'],
    );
    expect(found).toEqual([{ name: 'root', readBytes: 1, writtenBytes: 2, readRequests: 3, writeRequests: 4 }]);
  });

  it('becomes series by machine, disk and interface', () => {
    const machine = { metadata: { namespace: 'shop', name: 'web' } } as VirtualMachine;
    const nic = { name: 'eth0', receivedBytes: 5, sentBytes: 6, receivedPackets: 7, sentPackets: 8 };
    const usage = { cpuSeconds: 1, cpus: 2, residentBytes: 3, memoryBytes: 4, disks: [], interfaces: [nic] };
    const page = exposition(machineFamilies([{ machine, usage }]));
    expect(page).toContain('vmctl_machine_cpu_seconds_total{namespace="shop",name="web"} 1\n');
    expect(page).toContain('vmctl_machine_network_sent_bytes_total{namespace="shop",name="web",interface="eth0"} 6\n');
  });
});

describe('what takes time', () => {
  it('is published also when it fails, and run as it is while nobody listens', async () => {
    const heard: unknown[] = [];
    const listener = (timing: unknown) => heard.push(timing);
    expect(await timed(QMP_COMMAND, 'stop', async () => 1)).toBe(1);
    expect(channel(QMP_COMMAND).hasSubscribers).toBe(false);
    subscribe(QMP_COMMAND, listener);
    await expect(timed(QMP_COMMAND, 'cont', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    unsubscribe(QMP_COMMAND, listener);
    expect(heard).toEqual([{ what: 'cont', seconds: expect.any(Number) }]);
  });
});
