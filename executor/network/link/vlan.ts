import { runProgram } from '../run.ts';

interface RawPort {
  readonly vlans?: readonly { readonly vlan: number; readonly flags?: readonly string[] }[];
}

/** What `bridge -j vlan show` answered about one port: nothing for one whose bridge knows no VLANs. */
const portOf = (answer: string): NonNullable<RawPort['vlans']> =>
  (answer.trim() === '' ? [] : (JSON.parse(answer) as RawPort[]))[0]?.vlans ?? [];

const show = async (device: string): Promise<string> =>
  runProgram('bridge', ['-j', 'vlan', 'show', 'dev', device]).catch(() => '');

/** The tags that a port carries. */
export const vlansOf = async (device: string): Promise<number[]> => portOf(await show(device)).map(({ vlan }) => vlan);

/** The tag that what comes in at a port gets; nothing where its bridge knows no VLANs. */
export const inboundVlan = async (device: string): Promise<number | undefined> =>
  portOf(await show(device)).find(({ flags }) => flags?.includes('PVID'))?.vlan;
