import type { Context } from '../../controller/types.ts';
import { networkFiles, stopDnsmasq } from '../../network/dnsmasq/process.ts';
import { applyLinks, findBridges, findTaps } from '../../network/link/link.ts';
import { bridgeOf, ownerOf, parseMark, tableOf } from '../../network/names.ts';
import { listTables, removeTable } from '../../network/nft/run.ts';
import { removeTaps } from '../../network/tap/taps.ts';
import { uidOf } from '../common/object.ts';
import { mayChangeNetwork } from './privilege.ts';

/**
 * Removes what this executor once made for objects that are not there any more: their API may have been lost, with it the
 * finalizers. Devices of others, of other executors on this host too, say so in their alias and are left alone.
 */
export async function sweep(context: Context): Promise<void> {
  if (!(await mayChangeNetwork())) return;
  try {
    await removeOrphans(context);
  } catch (error) {
    context.log.warn('looking for what is left of networks failed', { message: (error as Error).message });
  }
}

async function removeOrphans({ store, settings }: Context): Promise<void> {
  const owner = ownerOf(settings.home);
  const machines = new Set(store.list('VirtualMachine').map(uidOf));
  const networks = new Set(store.list('VirtualMachineNetwork').map(uidOf));
  const marked = async (find: typeof findTaps) =>
    (await find()).flatMap(({ name, alias }) => {
      const mark = parseMark(alias);
      return mark?.owner === owner ? [{ name, mark }] : [];
    });
  const taps = (await marked(findTaps)).filter(({ mark }) => mark.machine !== undefined && !machines.has(mark.machine));
  await removeTaps(taps.map(({ name }) => name));
  const bridges = (await marked(findBridges)).filter(({ mark }) => !networks.has(mark.network));
  for (const { name, mark } of bridges) {
    if (name !== bridgeOf(mark.network)) continue;
    await stopDnsmasq(networkFiles(settings.home, mark.network));
    const tables = await listTables('inet');
    if (tables.includes(tableOf(mark.network))) await removeTable({ family: 'inet', name: tableOf(mark.network) });
    await applyLinks([['link', 'del', 'dev', name]]);
  }
}
