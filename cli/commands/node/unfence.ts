import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { isMarked, markPatch, NODES } from '../../fence/mark.ts';
import { readNode } from '../../fence/node.ts';
import { objectName } from '../../names.ts';

export default class NodeUnfence extends ApiCommand {
  static override summary = 'Take a fenced node back into service, once it was started anew.';
  static override examples = ['<%= config.bin %> node unfence node-3'];
  static override args = { node: requiredArg('name of the node') };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeUnfence);
    const name = objectName(args.node, 'node name');
    const session = await this.connect(flags);
    const node = await readNode(session, name);
    if (isMarked(node)) await session.client.patch(NODES, { name }, markPatch(node, undefined));
    this.say(`node/${name} in service`);
  }
}
