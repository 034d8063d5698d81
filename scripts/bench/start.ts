import { dirname } from 'node:path';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { logOf, recipeOf, startByHand } from './by-hand.ts';
import { firstByte, now } from './first-byte.ts';
import { disk, image, machine } from './machines.ts';
import { type Measure, measure, paired } from './measure.ts';
import { run } from './run.ts';
import { type Standalone, standalone, VMCTL } from './standalone.ts';
import { type Any, ready, runs, until } from './watch.ts';

const ROUNDS = 7;
const NAME = 'first';

/** From `kubectl apply` of a machine to its guest's first byte, against the same qemu started by hand. */
export async function start(): Promise<Measure[]> {
  await using api = await standalone();
  const { client } = api;
  await api.apply([await image(dirname(api.home)), disk(NAME)]);
  const disks = await until<Any>(client, 'VirtualMachineDisk', [NAME], ready);
  const volume = (disks.get(NAME) as unknown as VirtualMachineDisk).status?.path ?? '';

  const currentLog = async (): Promise<string> => {
    const machines = await until<Any>(client, 'VirtualMachine', [NAME], runs);
    const pid = (machines.get(NAME) as unknown as VirtualMachine).status?.pid ?? 0;
    return logOf((await recipeOf(pid)).argv);
  };
  const begin = (apply: () => Promise<void>) => async () => {
    const started = now();
    await apply();
    const log = await currentLog();
    const spoke = await firstByte(async () => log);
    await remove(api);
    return spoke - started;
  };
  const withKubectl = begin(() => api.apply([machine(NAME, NAME)]));
  const withVmctl = begin(() => run([VMCTL, 'apply', '-f', '-'], api.env, JSON.stringify(machine(NAME, NAME))));

  await api.apply([machine(NAME, NAME)]);
  const running = await until<Any>(client, 'VirtualMachine', [NAME], runs);
  const recipe = await recipeOf((running.get(NAME) as unknown as VirtualMachine).status?.pid ?? 0);
  await remove(api);
  const byHand = async () => {
    let started = 0;
    await using qemu = await startByHand(recipe, volume, () => {
      started = now();
    });
    return (await firstByte(async () => qemu.log)) - started;
  };

  const [kubectl, hand] = await paired(ROUNDS, withKubectl, byHand);
  const [vmctl, handAgain] = await paired(ROUNDS, withVmctl, byHand);
  return [
    measure("kubectl apply to the guest's first byte : the same qemu by hand", 'ms', kubectl, hand),
    measure("vmctl apply to the guest's first byte : the same qemu by hand", 'ms', vmctl, handAgain),
  ];
}

/** The disk stays: what is measured is a machine with an existing one. */
const remove = (api: Standalone): Promise<void> => run(['kubectl', 'delete', 'vm', NAME, '--wait=true'], api.env);
