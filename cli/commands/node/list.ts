import { ApiCommand } from '../../base.ts';
import { dataOutput } from '../../flags.ts';
import { see } from '../../node/see.ts';
import { nodeRows, nodeTable } from '../../node/table.ts';
import { formatData } from '../../output/object.ts';
import { alignColumns } from '../../output/table.ts';

export default class NodeList extends ApiCommand {
  static override summary =
    'List the nodes that run machines: what they have, what is taken, and whether their executors live.';
  static override description = `${NodeList.summary}
MACHINES are those that run of all that are bound. CPU and MEMORY are those of running machines, of what the node has. RESERVED is what machines keep of it before the scheduler.`;
  static override examples = ['<%= config.bin %> node list', '<%= config.bin %> node list -o json'];
  static override flags = { output: dataOutput };

  async run(): Promise<void> {
    const { flags } = await this.parse(NodeList);
    const { client } = await this.connect(flags);
    const rows = nodeRows(await see(client));
    if (flags.output) return this.say(await formatData(rows, flags.output as 'json' | 'yaml'));
    if (rows.length === 0) return this.note('no node runs machines; add one with: vmctl node add root@HOST');
    for (const text of alignColumns(nodeTable(rows))) this.say(text);
  }
}
