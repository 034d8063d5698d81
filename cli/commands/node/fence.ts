import { basename } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import type { Session } from '../../api/connect.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { isMarked, markPatch, NODES } from '../../fence/mark.ts';
import { readNode } from '../../fence/node.ts';
import { readCommand } from '../../fence/plugin.ts';
import { runPlugin } from '../../fence/run-plugin.ts';
import { timeoutFlag, timeoutMs } from '../../flags.ts';
import { objectName } from '../../names.ts';

export default class NodeFence extends ApiCommand {
  static override summary = 'Turn a node off that does not report, so that its machines may start elsewhere.';
  static override description =
    'Runs a command that turns the node off, and once it has succeeded taints the node as out of service. Only then machines leave it that the scheduler may place, and records of who writes to shared disks are given free. A node that is back: vmctl node unfence NODE.';
  static override examples = [
    '<%= config.bin %> node fence node-3 --plugin /etc/vmctl/fence.yaml',
    '<%= config.bin %> node fence node-3 --is-off',
  ];
  static override args = { node: requiredArg('name of the node') };
  static override flags = {
    plugin: string({
      helpValue: 'FILE',
      description: 'YAML with the words of the command for each node, under nodes, or for all, under default.',
    }),
    'is-off': boolean({ description: 'You have made sure that the node is off: no command is run.' }),
    timeout: timeoutFlag('2m'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeFence);
    const name = objectName(args.node, 'node name');
    if ((flags.plugin === undefined) === !flags['is-off'])
      throw usage('how is the node turned off?', 'give one of --plugin FILE and --is-off');
    const words = flags.plugin === undefined ? undefined : await readCommand(flags.plugin, name);
    const session = await this.connect(flags);
    await readNode(session, name);
    if (words) await runPlugin(words, name, timeoutMs(flags.timeout));
    await fence(session, name, words ? basename(words[0] ?? '') : 'a person');
    this.say(`node/${name} fenced`);
  }
}

/** Read after the command has ended: that may have taken minutes. */
async function fence(session: Session, name: string, by: string): Promise<void> {
  const node = await readNode(session, name);
  if (isMarked(node)) return;
  await session.client.patch(NODES, { name }, markPatch(node, { by, at: new Date().toISOString() }));
}
