import { setTimeout as sleep } from 'node:timers/promises';
import { boolean, integer, string } from '@oclif/core/flags';
import { ApiCommand } from '../base.ts';
import { allNamespaces } from '../flags.ts';
import { alignColumns } from '../output/table.ts';
import { cells, header } from '../top/cells.ts';
import { loads, ORDERS, type Order, sorted } from '../top/rates.ts';
import { sample } from '../top/sample.ts';

export default class Top extends ApiCommand {
  static override summary = 'Show what machines use: processors, memory, disks and networks, live.';
  static override description = `${Top.summary}
On a terminal it goes on, and a key sorts: c processors, m memory, d disks, n networks, a names; q leaves. Elsewhere it prints one table. Memory is what qemu holds of the host's. Networks of qemu's own ("user") cannot be counted.`;
  static override examples = [
    '<%= config.bin %> top',
    '<%= config.bin %> top -A --sort memory',
    '<%= config.bin %> top --once',
  ];
  static override flags = {
    'all-namespaces': allNamespaces,
    sort: string({ options: Object.keys(ORDERS), default: 'cpu', description: 'What comes first.' }),
    interval: integer({ min: 1, max: 3600, default: 2, helpValue: 'SECONDS', description: 'Time between two looks.' }),
    once: boolean({ description: 'Print one table, of one second.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Top);
    const session = await this.connect(flags);
    const namespaces = flags['all-namespaces'];
    const look = () => sample(session, namespaces ? undefined : session.namespace);
    const order = flags.sort as Order;
    if (!flags.once && process.stdout.isTTY && process.stdin.isTTY) {
      const { showTop } = await import('../chunks/top.tsx');
      return showTop({ look, intervalMs: flags.interval * 1000, order, namespaces });
    }
    const before = await look();
    await sleep(1000);
    const rows = sorted(loads(before, await look()), order).map((load) => cells(load, namespaces));
    for (const row of alignColumns([header(namespaces), ...rows])) this.say(row);
  }
}
