import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../run.ts';
import { cookieOf } from './flows.ts';

/** Longer, and its daemon is stuck. */
const TIMEOUT = '--timeout=10';

type Cell = string | number | boolean | readonly [string, unknown];

interface Answer {
  readonly headings: readonly string[];
  readonly data: readonly (readonly Cell[])[];
}

/** Rows of a table of Open vSwitch's database. Source: ovs-vsctl(8), RFC 7047 */
export function readRows(text: string): Record<string, Cell>[] {
  const { headings, data } = JSON.parse(text) as Answer;
  return data.map((row) => Object.fromEntries(headings.map((heading, i) => [heading, row[i] ?? ''])));
}

/** A map of the database, as `["map", [["key", "value"]]]`. */
function toMap(cell: Cell | undefined): Record<string, string> {
  return Array.isArray(cell) && cell[0] === 'map' ? Object.fromEntries(cell[1] as [string, string][]) : {};
}

/** A set of the database: one element stands for itself. */
function toList(cell: Cell | undefined): string[] {
  if (Array.isArray(cell)) return cell[0] === 'set' ? (cell[1] as unknown[]).map(String) : [String(cell[1])];
  return cell === undefined || cell === '' ? [] : [String(cell)];
}

async function list(table: string, columns: readonly string[]): Promise<Record<string, Cell>[]> {
  const show = ['--format=json', `--columns=${columns.join(',')}`, 'list', table];
  return readRows(await runProgram('ovs-vsctl', [TIMEOUT, ...show]));
}

export interface OvsBridge {
  readonly name: string;
  readonly datapath: string;
  readonly externalIds: Readonly<Record<string, string>>;
}

export async function findOvsBridge(name: string): Promise<OvsBridge | undefined> {
  const rows = await list('Bridge', ['name', 'datapath_type', 'external_ids']);
  const row = rows.find((it) => it['name'] === name);
  return row && { name, datapath: String(row['datapath_type']), externalIds: toMap(row['external_ids']) };
}

export interface OvsPortRow {
  readonly name: string;
  readonly network?: string;
  readonly tag?: number;
  readonly trunks: readonly number[];
}

/** Ports of ours, wherever they are. */
export async function findOvsPorts(): Promise<OvsPortRow[]> {
  const rows = await list('Port', ['name', 'tag', 'trunks', 'external_ids']);
  return rows.map((row) => {
    const network = toMap(row['external_ids'])['vmctl-network'];
    const [tag] = toList(row['tag']);
    return {
      name: String(row['name']),
      ...(network !== undefined && { network }),
      ...(tag !== undefined && { tag: Number(tag) }),
      trunks: toList(row['trunks']).map(Number),
    };
  });
}

/** Every port of a bridge, by anyone. */
export const portsOn = async (bridge: string): Promise<string[]> =>
  (await ovs(['list-ports', bridge])).split('\n').filter((name) => name !== '');

/** Numbers of ports in OpenFlow, by name; a port whose device does not work has none. */
export async function portNumbers(): Promise<ReadonlyMap<string, number>> {
  const rows = await list('Interface', ['name', 'ofport']);
  return new Map(
    rows.flatMap((row) => (Number(row['ofport']) > 0 ? [[String(row['name']), Number(row['ofport'])]] : [])),
  );
}

export const ovs = (words: readonly string[]): Promise<string> => runProgram('ovs-vsctl', [TIMEOUT, ...words]);

/** Whether a switch runs here: asking one that does not would only wait. */
export async function hasOvs(): Promise<boolean> {
  const folder = process.env['OVS_RUNDIR'] ?? '/var/run/openvswitch';
  return access(join(folder, 'db.sock')).then(
    () => true,
    () => false,
  );
}

const VERSION = ['-O', 'OpenFlow15'] as const;

/** The cookies of a network's flows, one for each flow. */
export async function flowCookies(bridge: string, networkUid: string): Promise<string[]> {
  const { network, mask } = cookieOf(networkUid);
  const answer = await runProgram('ovs-ofctl', [
    ...VERSION,
    '--no-stats',
    'dump-flows',
    bridge,
    `cookie=${network}/${mask}`,
  ]);
  return [...answer.matchAll(/cookie=(0x[0-9a-f]+)/g)].map(([, cookie = '']) => cookie);
}

/** Carries out lines of one bundle: all of them or none. */
export async function applyFlows(bridge: string, lines: readonly string[]): Promise<void> {
  await runProgram('ovs-ofctl', [...VERSION, '--bundle', 'add-flows', bridge, '-'], `${lines.join('\n')}\n`);
}

export interface Meter {
  readonly id: number;
  /** 1000 bits per second. */
  readonly kilobits: number;
}

/** The meters of a bridge that hold something back by so many bits. Source: ovs-ofctl(8) */
export async function findMeters(bridge: string): Promise<Meter[]> {
  const answer = await runProgram('ovs-ofctl', [...VERSION, 'dump-meters', bridge]);
  return [...answer.matchAll(/meter=(\d+)[^\n]*bands=\s*\n?\s*type=drop rate=(\d+)/g)].map(([, id, rate]) => ({
    id: Number(id),
    kilobits: Number(rate),
  }));
}

export async function setMeter(bridge: string, { id, kilobits }: Meter, isThere: boolean): Promise<void> {
  // Packets cannot wait in a meter: TCP needs room for what it sends before it hears of a loss.
  const burst = Math.max(Math.round(kilobits / 2), 1200);
  const text = `meter=${id},kbps,burst,band=type=drop,rate=${kilobits},burst_size=${burst}`;
  await runProgram('ovs-ofctl', [...VERSION, isThere ? 'mod-meter' : 'add-meter', bridge, text]);
}

export const removeMeter = async (bridge: string, id: number): Promise<void> => {
  await runProgram('ovs-ofctl', [...VERSION, 'del-meter', bridge, `meter=${id}`]);
};
