import { join } from 'node:path';
import { connectQmp, type Qmp, runJob } from '../../executor/qmp/index.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { blankDisk, machine } from './machines.ts';
import { type Measure, time } from './measure.ts';
import { run } from './run.ts';
import { type Bench, compared, drop, kindOf, NAME, revert, type Took, take, target } from './snapshot-requests.ts';
import { standalone } from './standalone.ts';
import { type Any, ready, runs, stopped, until } from './watch.ts';

/** Mebibytes that were written to the disk before. */
const WRITTEN = [100, 1024, 4096] as const;

/** Snapshots and reverts of a disk that holds something, from the request until a watch that was there before says that it is done, against the bare call on the very same volume or qemu. */
export async function snapshots(): Promise<Measure[]> {
  await using api = await standalone();
  const { client } = api;
  await api.apply([blankDisk(NAME, '5Gi')]);
  const disks = await until<Any>(client, 'VirtualMachineDisk', [NAME], ready);
  const volume = (disks.get(NAME) as unknown as VirtualMachineDisk).status?.path ?? '';
  await api.apply([machine(NAME, NAME, 'Stopped')]);
  await until<Any>(client, 'VirtualMachine', [NAME], stopped);
  const measures: Measure[] = [];
  for (const mebibytes of WRITTEN) {
    await fill(volume, mebibytes);
    const written = mebibytes < 1024 ? '0.1 GiB' : `${mebibytes / 1024} GiB`;
    const bench = { api, client, volume, written };
    measures.push(...(await whileOff(bench)), ...(await whileOn(bench)));
  }
  return measures;
}

const PIECE = 512;

/** qemu-io writes less than 2 GiB at a time. */
async function fill(volume: string, mebibytes: number): Promise<void> {
  for (let at = 0; at < mebibytes; at += PIECE) {
    const write = `write -q -P 90 ${at}M ${Math.min(PIECE, mebibytes - at)}M`;
    await run(['qemu-io', '-f', 'qcow2', '-c', write, volume], process.env);
  }
}

const image = (action: string, volume: string) =>
  time(() => run(['qemu-img', 'snapshot', '-q', action, 'by-hand', volume], process.env));

async function whileOff(bench: Bench): Promise<Measure[]> {
  const { volume, written } = bench;
  const bare = async () => {
    const ms = await image('-c', volume);
    await image('-d', volume);
    return ms;
  };
  const taken = await compared(
    [`${written} written, off, snapshot`, 'qemu-img snapshot -c'],
    taking(bench, false),
    bare,
  );
  const { name } = await take(bench, false);
  await image('-c', volume);
  const names = [`${written} written, off, revert`, 'qemu-img snapshot -a'] as const;
  const reverted = await compared(
    names,
    () => revert(bench, name),
    () => image('-a', volume),
  );
  await image('-d', volume);
  await drop(bench, name);
  return [...taken, ...reverted];
}

async function power({ client }: Bench, powerState: 'Running' | 'Stopped'): Promise<VirtualMachine> {
  await client.patch(kindOf('VirtualMachine'), target(NAME), { spec: { powerState } });
  const machines = await until<Any>(client, 'VirtualMachine', [NAME], powerState === 'Running' ? runs : stopped);
  return machines.get(NAME) as unknown as VirtualMachine;
}

/** By hand over the second monitor of the very same qemu. */
async function whileOn(bench: Bench): Promise<Measure[]> {
  const { api, written } = bench;
  const { metadata } = await power(bench, 'Running');
  const qmp = await connectQmp(join(api.home, 'machines', metadata.uid ?? '', 'rescue.sock'));
  const [device = ''] = (await qmp.execute('query-block')).flatMap((one) => one.inserted?.['node-name'] ?? []);
  try {
    return [
      ...(await disksOnly(bench, qmp, device, written)),
      ...(await withMemory(bench, qmp, device, written)),
      ...(await back(bench, qmp, device, written)),
    ];
  } finally {
    qmp.close();
    await power(bench, 'Stopped');
  }
}

const taking = (bench: Bench, memory: boolean) => async (): Promise<Took> => {
  const { name, ...took } = await take(bench, memory);
  await drop(bench, name);
  return took;
};

async function disksOnly(bench: Bench, qmp: Qmp, device: string, written: string): Promise<Measure[]> {
  const bare = async () => {
    const ms = await time(() => qmp.execute('blockdev-snapshot-internal-sync', { device, name: 'by-hand' }));
    await qmp.execute('blockdev-snapshot-delete-internal-sync', { device, name: 'by-hand' });
    return ms;
  };
  const names = [`${written} written, on, snapshot, disks`, 'QMP blockdev-snapshot-internal-sync'] as const;
  return compared(names, taking(bench, false), bare);
}

const job = (qmp: Qmp, command: 'snapshot-save' | 'snapshot-load', device: string): Promise<void> => {
  const id = `by-hand-${command}`;
  return runJob(qmp, id, () =>
    qmp.execute(command, { 'job-id': id, tag: 'by-hand', vmstate: device, devices: [device] }),
  );
};

const forget = (qmp: Qmp, device: string): Promise<void> =>
  runJob(qmp, 'by-hand-delete', () =>
    qmp.execute('snapshot-delete', { 'job-id': 'by-hand-delete', tag: 'by-hand', devices: [device] }),
  );

async function withMemory(bench: Bench, qmp: Qmp, device: string, written: string): Promise<Measure[]> {
  const bare = async () => {
    const ms = await time(() => job(qmp, 'snapshot-save', device));
    await forget(qmp, device);
    return ms;
  };
  return compared([`${written} written, on, snapshot with memory`, 'QMP snapshot-save'], taking(bench, true), bare);
}

async function back(bench: Bench, qmp: Qmp, device: string, written: string): Promise<Measure[]> {
  const { name } = await take(bench, true);
  await job(qmp, 'snapshot-save', device);
  const bare = () =>
    time(async () => {
      await qmp.execute('stop');
      await job(qmp, 'snapshot-load', device);
      await qmp.execute('cont');
    });
  const names = [`${written} written, on, revert with memory`, 'QMP stop, snapshot-load, cont'] as const;
  const measures = await compared(names, () => revert(bench, name), bare);
  await forget(qmp, device);
  await drop(bench, name);
  return measures;
}
