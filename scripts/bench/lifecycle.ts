import { once } from 'node:events';
import { dirname } from 'node:path';
import { type Qmp, runJob } from '../../executor/qmp/index.ts';
import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { type Recipe, recipeOf, startByHand } from './by-hand.ts';
import { disk, image, machine, snapshot } from './machines.ts';
import { type Measure, measure, paired, time } from './measure.ts';
import { standalone } from './standalone.ts';
import { type Any, ready, runs, stopped, until } from './watch.ts';

const ROUNDS = 5;
const NAME = 'cycle';

interface Bench {
  readonly client: ApiClient;
  readonly recipe: Recipe;
  readonly volume: string;
}

const patch = (client: ApiClient, kind: Kind, name: string, spec: object) =>
  client.patch(resourceOf(kinds[kind]), { namespace: 'default', name }, { spec });

/** Stop, start, snapshot and revert through the API, until status says so, against the bare call to the same qemu. */
export async function lifecycle(): Promise<Measure[]> {
  await using api = await standalone();
  const { client } = api;
  await api.apply([await image(dirname(api.home)), disk(NAME)]);
  const disks = await until<Any>(client, 'VirtualMachineDisk', [NAME], ready);
  await api.apply([machine(NAME, NAME)]);
  const machines = await until<Any>(client, 'VirtualMachine', [NAME], runs);
  const recipe = await recipeOf((machines.get(NAME) as unknown as VirtualMachine).status?.pid ?? 0);
  const volume = (disks.get(NAME) as unknown as VirtualMachineDisk).status?.path ?? '';
  const bench = { client, recipe, volume };
  return [...(await power(bench)), ...(await snapshots(bench))];
}

async function power(bench: Bench): Promise<Measure[]> {
  const { client } = bench;
  const to = (powerState: string, done: (it: Any) => boolean) =>
    time(async () => {
      await patch(client, 'VirtualMachine', NAME, { powerState });
      await until(client, 'VirtualMachine', [NAME], done);
    });
  const stop = async () => {
    const ms = await to('Stopped', stopped);
    await to('Running', runs);
    return ms;
  };
  const start = async () => {
    await to('Stopped', stopped);
    return to('Running', runs);
  };
  const [stopMs, bareStop] = await paired(ROUNDS, stop, () => bareQuit(bench));
  const [startMs, bareStart] = await paired(ROUNDS, start, () => bareBoot(bench));
  return [
    measure('stop by force : QMP quit until the process ends', 'ms', stopMs, bareStop),
    measure('start : qemu by hand until QMP says running', 'ms', startMs, bareStart),
  ];
}

async function bareQuit({ recipe, volume }: Bench): Promise<number> {
  await using qemu = await startByHand(recipe, volume);
  const qmp = await qemu.qmp();
  return await time(() => Promise.all([once(qemu.child, 'exit'), qmp.execute('quit').catch(() => {})]));
}

async function bareBoot({ recipe, volume }: Bench): Promise<number> {
  let from = 0;
  await using qemu = await startByHand(recipe, volume, () => {
    from = performance.now();
  });
  const qmp = await qemu.qmp();
  await qmp.execute('query-status');
  const ms = performance.now() - from;
  qmp.close();
  return ms;
}

async function snapshots(bench: Bench): Promise<Measure[]> {
  const { client } = bench;
  let count = 0;
  const take = async (memory: boolean) => {
    const name = `${NAME}-${count++}`;
    const ms = await time(async () => {
      const object = snapshot(name, NAME, memory) as unknown as Any;
      await client.create(resourceOf(kinds.VirtualMachineSnapshot), object);
      await until(client, 'VirtualMachineSnapshot', [name], ready);
    });
    return { name, ms };
  };
  const revert = async () => {
    const { name } = await take(true);
    return time(async () => {
      await patch(client, 'VirtualMachineSnapshot', name, { revert: name });
      await until(client, 'VirtualMachineSnapshot', [name], (it) => it.status?.['reverted'] === name);
    });
  };
  const [disks, bareDisks] = await paired(
    ROUNDS,
    async () => (await take(false)).ms,
    () => bareSnapshot(bench, 'disks'),
  );
  const [memory, bareMemory] = await paired(
    ROUNDS,
    async () => (await take(true)).ms,
    () => bareSnapshot(bench, 'memory'),
  );
  const [back, bareBack] = await paired(ROUNDS, revert, () => bareSnapshot(bench, 'revert'));
  return [
    measure('snapshot, disks : QMP blockdev-snapshot-internal-sync', 'ms', disks, bareDisks),
    measure('snapshot, with memory : QMP snapshot-save', 'ms', memory, bareMemory),
    measure('revert, with memory : QMP snapshot-load', 'ms', back, bareBack),
  ];
}

async function bareSnapshot({ recipe, volume }: Bench, what: 'disks' | 'memory' | 'revert'): Promise<number> {
  await using qemu = await startByHand(recipe, volume);
  const qmp = await qemu.qmp();
  const nodes = await qmp.execute('query-named-block-nodes');
  const device = nodes.find((node) => node.drv === 'qcow2' && node.ro === false)?.['node-name'] ?? '';
  const name = 'by-hand';
  if (what === 'disks') return await time(() => qmp.execute('blockdev-snapshot-internal-sync', { device, name }));
  const save = () => job(qmp, 'snapshot-save', device, name);
  if (what === 'memory') return await time(save);
  await save();
  return await time(() => job(qmp, 'snapshot-load', device, name));
}

const job = (qmp: Qmp, command: 'snapshot-save' | 'snapshot-load', device: string, tag: string): Promise<void> => {
  const id = `by-hand-${command}`;
  return runJob(qmp, id, () => qmp.execute(command, { 'job-id': id, tag, vmstate: device, devices: [device] }));
};
