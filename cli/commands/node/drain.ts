import { boolean } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { timeoutFlag, timeoutMs } from '../../flags.ts';
import { newToken } from '../../machine/token.ts';
import { objectName } from '../../names.ts';
import { requireCluster } from '../../node/cluster.ts';
import { cordon, getNode } from '../../node/cordon.ts';
import { hasLeft, type Leaving, planDrain } from '../../node/drain.ts';
import { machinesOf } from '../../node/see.ts';
import { until } from '../../wait/until.ts';

const WORDS = { move: 'is placed anew', stop: 'is stopped' } satisfies Record<Leaving['how'], string>;

export default class NodeDrain extends ApiCommand {
  static override summary = 'Empty a node: cordon it, shut its machines down in order, and let those move that may.';
  static override description = `${NodeDrain.summary}
A machine that the scheduler has placed is shut down and placed anew. One that a person has bound to the node stays off until it is started; vmctl start does so once the node is back.`;
  static override examples = [
    '<%= config.bin %> node drain node-3',
    '<%= config.bin %> node drain node-3 --stop --dry-run',
  ];
  static override args = { node: requiredArg('name of the node') };
  static override flags = {
    stop: boolean({ description: 'Stop all of them, and place none anew.' }),
    'dry-run': boolean({ description: 'Only say what would be done.' }),
    timeout: timeoutFlag('15m'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeDrain);
    const node = objectName(args.node, 'node name');
    const session = await this.connect(flags);
    await requireCluster(session, 'drain');
    await getNode(session.client, node);
    const leaving = planDrain(await machinesOf(session.client, node), node, { token: newToken(), stopAll: flags.stop });
    if (flags['dry-run']) return this.tell(leaving);
    if (await cordon(session.client, node, true)) this.note(`node/${node} cordoned`);
    for (const { machine, spec } of leaving) {
      if (spec) await session.client.patch(OURS.VirtualMachine, machine.metadata, { spec });
    }
    const goals = leaving.map(({ machine: { metadata } }) => ({
      ...{ resource: OURS.VirtualMachine, name: metadata.name, namespace: metadata.namespace, judge: hasLeft(node) },
    }));
    if (goals.length > 0) await until(session, goals, timeoutMs(flags.timeout));
    this.tell(leaving);
    this.say(`node/${node} drained`);
  }

  private tell(leaving: readonly Leaving[]): void {
    for (const { machine, how } of leaving)
      this.say(`${machine.metadata.namespace}/${machine.metadata.name} ${WORDS[how]}`);
  }
}
