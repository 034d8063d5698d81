import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snapshotReconciler } from '../../executor/kinds/virtualmachinesnapshot/index.ts';
import { takeMachineSnapshot } from '../../executor/kinds/virtualmachinesnapshot/take.ts';
import { activeFile, overlayPath, setActive } from '../../executor/storage/chain/index.ts';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { wait } from './node.ts';
import { createWorld, type World } from './world.ts';

const DISKS = ['root', 'data'] as const;

function machine(world: World): { readonly volumes: readonly string[] } {
  const folder = join(world.folder, 'pool');
  mkdirSync(folder);
  const volumes = DISKS.map((disk) => join(folder, `web-${disk}.qcow2`));
  for (const [index, path] of volumes.entries()) {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '1M']);
    world.add('VirtualMachineDisk', `web-${DISKS[index]}`, { pool: 'default', size: '1Mi' });
    world.edit('VirtualMachineDisk', `web-${DISKS[index]}`, (disk) => {
      disk.status = { phase: 'Ready', path };
    });
  }
  const disks = DISKS.map((name) => ({ name, disk: { name: `web-${name}` } }));
  world.add('VirtualMachine', 'web', { memory: { size: '32Mi' }, powerState: 'Stopped', disks });
  return { volumes };
}

async function take(world: World, name: string): Promise<void> {
  const snapshot = world.get('VirtualMachineSnapshot', name);
  const web = world.get('VirtualMachine', 'web');
  if (!snapshot || !web) throw new Error('they are not there');
  await takeMachineSnapshot(world.context, snapshot, web, Promise.resolve(), async ({ takenAt }) =>
    world.edit('VirtualMachineSnapshot', name, (object) => {
      object.status = { ...object.status, phase: 'Ready', takenAt };
    }),
  );
}

const add = (world: World, name: string) =>
  world.add('VirtualMachineSnapshot', name, { virtualMachine: { name: 'web' }, method: 'External' });

/** The files of a disk that a guest would read, from the one that it writes to down. @throws when one is not there */
async function line(volume: string): Promise<string[]> {
  const { path } = await activeFile({ path: volume, format: 'qcow2' });
  const text = execFileSync('qemu-img', ['info', '-f', 'qcow2', '--backing-chain', '--output=json', path]);
  return (JSON.parse(String(text)) as { filename: string }[]).map(({ filename }) => filename);
}

test('an external snapshot that was cut off half-way takes nothing from one that is taken before it is finished', async () => {
  await using world = createWorld();
  const { volumes } = machine(world);
  const [, data = ''] = volumes;
  const first = add(world, 'first');
  await take(world, 'first');
  // As after a kill between the records of its two overlays.
  await setActive(data);
  await rm(overlayPath(data, first.metadata.uid ?? ''));
  world.edit('VirtualMachineSnapshot', 'first', (object) => {
    const { takenAt: _none, ...rest } = object.status ?? {};
    object.status = { ...rest, phase: 'Taking' };
  });

  const second = add(world, 'second');
  await take(world, 'second');
  await take(world, 'first');
  for (const volume of volumes) {
    const above = [first, second].map(({ metadata }) => overlayPath(volume, metadata.uid ?? ''));
    expect(await line(volume)).toEqual([...above, volume]);
  }
});

test.each(['Internal', 'External'] as const)(
  'a snapshot by the method %s that is deleted before it is held is not taken',
  async (method) => {
    await using world = createWorld();
    const { volumes } = machine(world);
    const { client } = world.context;
    const { patch } = client;
    client.patch = async (...request) => {
      world.delete('VirtualMachineSnapshot', 'late');
      client.patch = patch;
      return patch(...request);
    };
    world.add('VirtualMachineSnapshot', 'late', { virtualMachine: { name: 'web' }, method });
    world.run(snapshotReconciler);
    await wait(
      () => world.get('VirtualMachineSnapshot', 'late'),
      (late) => late === undefined,
    );
    await world.stop();
    for (const path of volumes) {
      expect(await listSnapshots(path)).toEqual([]);
      expect(await line(path)).toEqual([path]);
    }
  },
);
