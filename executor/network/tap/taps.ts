import { sameJson } from '../../controller/conditions.ts';
import type { TapBackend } from '../../qemu/argv.ts';
import { applyLinks, findLink } from '../link/link.ts';
import { deviceCounters } from '../link/names.ts';
import { inboundVlan } from '../link/vlan.ts';
import { tapPrefix } from '../names.ts';
import { applyCommands, listTables, observeTable, removeTable } from '../nft/run.ts';
import { replaceTable } from '../nft/table.ts';
import { hasOvs, ovs } from '../ovs/ovs.ts';
import { runProgram } from '../run.ts';
import { filterTable, filterTableOf } from './filter.ts';
import { detourOf, readLed, readMark, readRate } from './limits.ts';
import { planTap, type SeenTap, type WantedTap } from './plan.ts';

const NO_LIMITS = { isLed: false, hasDetour: false } as const;

const qdiscs = (device: string): Promise<string> => runProgram('tc', ['-j', 'qdisc', 'show', 'dev', device]);

async function observeTap({ device }: TapBackend, there: ReadonlySet<string>): Promise<SeenTap> {
  const detour = detourOf(device);
  const hasDetour = there.has(detour);
  const [link, own, behind, vlan] = await Promise.all([
    findLink(device),
    qdiscs(device),
    hasDetour ? qdiscs(detour) : '',
    inboundVlan(device),
  ]);
  const [inbound, outbound] = [readRate(own), readRate(behind)];
  const [inboundMark, outboundMark] = [readMark(own), readMark(behind)];
  const limits = {
    ...{ isLed: readLed(own), hasDetour },
    ...(inbound !== undefined && { inbound }),
    ...(outbound !== undefined && { outbound }),
    ...(inboundMark !== undefined && { inboundMark }),
    ...(outboundMark !== undefined && { outboundMark }),
  };
  return { limits, ...(link && { link }), ...(vlan !== undefined && { vlan }) };
}

/** Makes taps, or mends those that are there. Killed at any line, it goes on where it was. @throws ProgramError */
export async function ensureTaps(wanted: readonly WantedTap[]): Promise<void> {
  if (wanted.length === 0) return;
  const there = new Set((await deviceCounters()).keys());
  const plans = await Promise.all(
    wanted.map(async (tap) =>
      planTap(tap, there.has(tap.backend.device) ? await observeTap(tap.backend, there) : { limits: NO_LIMITS }),
    ),
  );
  await applyLinks(plans.flatMap(({ links, limits }) => [...links, ...limits.before]));
  for (const words of plans.flatMap(({ limits }) => limits.queues)) await runProgram('tc', words);
  await applyLinks(plans.flatMap(({ limits }) => limits.after));
  await ensureFilters(wanted, there);
  for (const words of plans.flatMap(({ vlans }) => vlans)) await runProgram('bridge', words);
  for (const words of plans.flatMap((plan) => plan.ovs)) await ovs(words);
}

/** Before qemu opens a tap, or at once: nothing that is not to pass passes. */
async function ensureFilters(wanted: readonly WantedTap[], there: ReadonlySet<string>): Promise<void> {
  const had = wanted.some(({ backend }) => there.has(backend.device)) ? await bridgeTables() : [];
  for (const { backend } of wanted) {
    const table = filterTable(backend);
    const name = filterTableOf(backend.device);
    const seen = had.includes(name) ? await observeTable({ family: 'bridge', name }) : undefined;
    if (table && !(seen && sameJson(seen, table))) await applyCommands(replaceTable(table));
    if (!table && seen) await removeTable({ family: 'bridge', name });
  }
}

/** None where nobody filters packets. */
const bridgeTables = (): Promise<string[]> => listTables('bridge').catch(() => []);

/** The taps of a machine that are on this host. */
export async function tapsOf(machineUid: string): Promise<string[]> {
  const prefix = tapPrefix(machineUid);
  return [...(await deviceCounters()).keys()].filter((name) => name.startsWith(prefix));
}

/** Removes taps with what held them back. What is gone already is fine. */
export async function removeTaps(devices: readonly string[]): Promise<void> {
  if (devices.length === 0) return;
  if (await hasOvs()) await ovs(devices.flatMap((device) => ['--', '--if-exists', 'del-port', device]));
  const tables = await bridgeTables();
  for (const name of devices.map(filterTableOf)) {
    if (tables.includes(name)) await removeTable({ family: 'bridge', name });
  }
  const there = await deviceCounters();
  const ours = devices.flatMap((device) => [device, detourOf(device)]).filter((device) => there.has(device));
  await applyLinks(ours.map((device) => ['link', 'del', 'dev', device]));
}
