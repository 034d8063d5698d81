import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { blankDisk, diskCopy, image, machine } from './machines.ts';
import { type Measure, measure, paired, time } from './measure.ts';
import { run } from './run.ts';
import { standalone } from './standalone.ts';
import { type Any, ready, runs, until } from './watch.ts';

const ROUNDS = 3;
const SOURCE = 'large';
const SIZE = '4Gi';
/** qemu-io writes at most 2 GiB at once. A quarter of the disk holds something, as a system that was installed does. */
const WRITES = ['write -P 0x5a 0 512M', 'write -P 0x5b 1G 512M'];

/** The copy of a disk of 4 GiB, from the object until it is ready, against the bare tools on the same file; each is on the disk when it ends. */
export async function clone(): Promise<Measure[]> {
  await using api = await standalone();
  const { client } = api;
  await api.apply([await image(dirname(api.home)), blankDisk(SOURCE, SIZE)]);
  const disks = await until<Any>(client, 'VirtualMachineDisk', [SOURCE], ready);
  const path = String(disks.get(SOURCE)?.status?.['path']);
  await run(['qemu-io', '-f', 'qcow2', ...WRITES.flatMap((write) => ['-c', write]), path]);
  const copy = () => copyOnce(client);
  const [off, convert] = await paired(ROUNDS, copy, () => bare(path, convertTo(path)));
  const [again, cp] = await paired(ROUNDS, copy, () => bare(path, ['cp', '--reflink=auto', path]));
  await api.apply([machine('large', SOURCE)]);
  await until<Any>(client, 'VirtualMachine', ['large'], runs);
  const [running, beside] = await paired(ROUNDS, copy, () => bare(path, convertTo(path, '-U')));
  const [direct, uncached] = await paired(ROUNDS, copy, () => bare(path, convertTo(path, '-U', '-T', 'none')));
  return [
    measure('clone of a 4 GiB disk : qemu-img convert', 'ms', off, convert),
    measure('clone of a 4 GiB disk : cp --reflink=auto', 'ms', again, cp),
    measure('clone while its machine runs : qemu-img convert', 'ms', running, beside),
    measure(
      'clone while its machine runs : qemu-img convert -T none, reading as its qemu does',
      'ms',
      direct,
      uncached,
    ),
  ];
}

let count = 0;

async function copyOnce(client: ApiClient): Promise<number> {
  const name = `copy-${count++}`;
  const type = resourceOf(kinds.VirtualMachineDisk);
  const ms = await time(async () => {
    await client.create(type, diskCopy(name, SOURCE) as Any);
    await until(client, 'VirtualMachineDisk', [name], ready);
  });
  await client.delete(type, { namespace: 'default', name });
  return ms;
}

const convertTo = (path: string, ...flags: string[]): string[] => [
  'qemu-img',
  'convert',
  ...flags,
  '-f',
  'qcow2',
  '-O',
  'qcow2',
  path,
];

/** The command, with the file to write added to it, and what puts that on the disk. */
async function bare(path: string, command: readonly string[]): Promise<number> {
  const to = join(dirname(path), 'bare.qcow2');
  const ms = await time(async () => {
    await run([...command, to]);
    await run(['sync', to]);
  });
  await rm(to);
  return ms;
}
