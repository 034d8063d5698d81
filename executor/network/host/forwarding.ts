import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../host/atomic.ts';
import { foreignChains } from '../nft/read.ts';
import { listChains } from '../nft/run.ts';
import { readSetting, writeSetting } from '../sysctl.ts';
import type { Seen } from './seen.ts';

const IPV4 = 'ipv4/ip_forward';
const IPV6 = 'ipv6/conf/all/forwarding';

/** What we changed of the host, with the values from before: written down before each change. */
type Ledger = Readonly<Record<string, string>>;

const ledgerPath = (home: string): string => join(home, 'networks', 'forwarding.json');

async function readLedger(home: string): Promise<Ledger> {
  try {
    return JSON.parse(await readFile(ledgerPath(home), 'utf8')) as Ledger;
  } catch {
    return {};
  }
}

export async function observeForwarding(home: string): Promise<Seen['forwarding']> {
  const [ipv4, ipv6, ledger] = await Promise.all([readSetting(IPV4), readSetting(IPV6), readLedger(home)]);
  return { ipv4: ipv4 === '1', ipv6: ipv6 === '1', ours: Object.keys(ledger).length > 0 };
}

/**
 * A host that routes no longer listens to routers (RFC 4861, 6.3.1), and with the next advertisement loses its own way out.
 * Devices that listen go on with `accept_ra` 2. Source: Documentation/networking/ip-sysctl.rst
 */
async function listeningDevices(): Promise<string[]> {
  const names = await readdir('/proc/sys/net/ipv6/conf').catch(() => [] as string[]);
  const settings = names.filter((name) => name !== 'all' && name !== 'lo').map((name) => `ipv6/conf/${name}/accept_ra`);
  const listens = await Promise.all(settings.map(async (setting) => (await readSetting(setting)) === '1'));
  return settings.filter((_, i) => listens[i]);
}

/** Has the host route. */
export async function startForwarding(home: string, family: 4 | 6): Promise<void> {
  const keeping = family === 6 ? await listeningDevices() : [];
  const changes = [...keeping.map((setting) => [setting, '2'] as const), [family === 6 ? IPV6 : IPV4, '1'] as const];
  const ledger: Record<string, string> = { ...(await readLedger(home)) };
  for (const [setting] of changes) ledger[setting] ??= (await readSetting(setting)) ?? '';
  await mkdir(dirname(ledgerPath(home)), { recursive: true, mode: 0o700 });
  await writeFileAtomic(ledgerPath(home), `${JSON.stringify(ledger)}\n`);
  for (const [setting, value] of changes) await writeSetting(setting, value);
}

/**
 * Puts the host back as it was, unless somebody else filters or translates what it routes by now: containers would lose
 * their network.
 */
export async function stopForwarding(home: string): Promise<void> {
  const ledger = await readLedger(home);
  const needed = foreignChains(await listChains()).length > 0;
  for (const [setting, before] of needed ? [] : Object.entries(ledger).reverse()) {
    if (before !== '' && (await readSetting(setting)) !== undefined) await writeSetting(setting, before);
  }
  await rm(ledgerPath(home), { force: true });
}
