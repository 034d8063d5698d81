import type { TapBackend } from '../../qemu/argv.ts';
import { applyLinks, findLink } from '../link/link.ts';
import { deviceCounters } from '../link/names.ts';
import { inboundVlan } from '../link/vlan.ts';
import { tapPrefix } from '../names.ts';
import { applyCommands, listTables, observeTable } from '../nft/run.ts';
import { deleteTable } from '../nft/table.ts';
import { hasOvs, ovs } from '../ovs/ovs.ts';
import { runProgram } from '../run.ts';
import { limitName, planTap, type SeenTap, type WantedTap } from './plan.ts';

interface Qdisc {
  readonly kind?: string;
  readonly root?: boolean;
  readonly options?: { readonly rate?: number };
}

/** What is there of a tap. Two programs more are asked only where a limit is, or was, or may have been. */
async function observeTap({ device }: TapBackend): Promise<SeenTap> {
  const [link, answer, limit, vlan] = await Promise.all([
    findLink(device),
    runProgram('tc', ['-j', 'qdisc', 'show', 'dev', device]),
    observeTable({ family: 'netdev', name: limitName(device) }),
    inboundVlan(device),
  ]);
  const bucket = (JSON.parse(answer || '[]') as Qdisc[]).find(({ kind, root }) => kind === 'tbf' && root);
  const inbound = bucket?.options?.rate;
  return {
    ...(link && { link }),
    ...(inbound !== undefined && { inbound }),
    ...(limit && { limit }),
    ...(vlan !== undefined && { vlan }),
  };
}

/** Makes taps, or mends those that are there. Killed at any line, it goes on where it was. @throws ProgramError */
export async function ensureTaps(wanted: readonly WantedTap[]): Promise<void> {
  if (wanted.length === 0) return;
  const there = await deviceCounters();
  const plans = await Promise.all(
    wanted.map(async (tap) => planTap(tap, there.has(tap.backend.device) ? await observeTap(tap.backend) : {})),
  );
  await applyLinks(plans.flatMap(({ links }) => links));
  for (const words of plans.flatMap(({ queues }) => queues)) await runProgram('tc', words);
  for (const words of plans.flatMap((plan) => plan.vlans)) await runProgram('bridge', words);
  for (const words of plans.flatMap((plan) => plan.ovs)) await ovs(words);
  const filter = plans.flatMap((plan) => plan.filter);
  if (filter.length > 0) await applyCommands(filter);
}

/** The taps of a machine that are on this host. */
export async function tapsOf(machineUid: string): Promise<string[]> {
  const prefix = tapPrefix(machineUid);
  return [...(await deviceCounters()).keys()].filter((name) => name.startsWith(prefix));
}

/** Removes taps with what held them back. What is gone already is fine. */
export async function removeTaps(devices: readonly string[]): Promise<void> {
  const there = await deviceCounters();
  if (devices.length === 0) return;
  const limited = new Set(await listTables('netdev'));
  const names = devices.map(limitName).filter((name) => limited.has(name));
  if (names.length > 0) await applyCommands(names.flatMap((name) => deleteTable({ family: 'netdev', name })));
  if (await hasOvs()) await ovs(devices.flatMap((device) => ['--', '--if-exists', 'del-port', device]));
  await applyLinks(devices.filter((device) => there.has(device)).map((device) => ['link', 'del', 'dev', device]));
}
