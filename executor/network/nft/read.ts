import type { Chain, Expression, LearningSet, Table } from './table.ts';

type Properties = Readonly<Record<string, unknown>>;
type Entry = Readonly<Record<string, Properties | undefined>>;

const entriesOf = (answer: string): readonly Entry[] => (JSON.parse(answer) as { nftables: Entry[] }).nftables;

/** The entries of one kind: `table`, `chain`, `rule`, `set`. */
const ofKind = (entries: readonly Entry[], kind: string): Properties[] =>
  entries.flatMap((entry) => entry[kind] ?? []) as Properties[];

/** What `nft -j list table` answered, as the table that it shows. @returns nothing where there is none */
export function readTable(answer: string): Table | undefined {
  const entries = entriesOf(answer);
  const of = (kind: string) => ofKind(entries, kind);
  const [table] = of('table');
  if (!table) return undefined;
  const rules = of('rule');
  return {
    family: table['family'] as Table['family'],
    name: String(table['name']),
    sets: of('set').map(readSet),
    chains: of('chain').map((chain) => readChain(chain, rules)),
  };
}

const readSet = (set: Properties): LearningSet => ({
  name: String(set['name']),
  type: set['type'] as string[],
  timeoutSeconds: Number(set['timeout']),
  size: Number(set['size']),
});

function readChain(chain: Properties, rules: readonly Properties[]): Chain {
  const { name, type, hook, prio, dev } = chain as unknown as Chain;
  const own = rules.filter((rule) => rule['chain'] === name).map((rule) => rule['expr'] as Expression[]);
  return { name, type, hook, prio, ...(dev !== undefined && { dev }), rules: own };
}

export const readTableNames = (answer: string): string[] =>
  ofKind(entriesOf(answer), 'table').map(({ name }) => String(name));

/** One address that a guest was seen to use. */
export interface Sighting {
  /** The tap it came through. */
  readonly device: string;
  readonly macAddress: string;
  readonly address: string;
}

/** Elements of the sets that learn addresses: `[device, MAC, address]` each, the most recent last. */
export function readSightings(answer: string): Sighting[] {
  const elements = ofKind(entriesOf(answer), 'set').flatMap((set) => (set['elem'] as unknown[] | undefined) ?? []);
  return elements
    .map((element) => (element as { elem?: { val?: unknown; expires?: number } }).elem)
    .sort((a, b) => (a?.expires ?? 0) - (b?.expires ?? 0))
    .flatMap((element) => {
      const parts = (element?.val as { concat?: string[] } | undefined)?.concat;
      const [device, macAddress, address] = parts ?? [];
      return device && macAddress && address ? [{ device, macAddress, address }] : [];
    });
}

const isOurs = (chain: Properties): boolean => String(chain['table']).startsWith('vmctl_');
const ROUTING = ['forward', 'prerouting', 'postrouting'];

/** Chains of others that see what the host routes. */
export const foreignChains = (answer: string): Properties[] =>
  ofKind(entriesOf(answer), 'chain').filter((chain) => ROUTING.includes(String(chain['hook'])) && !isOurs(chain));

/** Those that drop what they do not name: what they drop, no accept of ours brings back. */
export const droppingChains = (answer: string): string[] =>
  foreignChains(answer)
    .filter(({ hook, policy }) => hook === 'forward' && policy === 'drop')
    .map(({ family, table, name }) => `${family} ${table} ${name}`);
