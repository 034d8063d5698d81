import { boolean, string } from '@oclif/core/flags';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { Failure } from '../../errors.ts';
import { objectName } from '../../names.ts';
import { requireCluster } from '../../node/cluster.ts';
import { cordon, getNode } from '../../node/cordon.ts';
import { hostFlags, openHost, parseLogin, placesOf } from '../../node/host.ts';
import { forgetNode, stopExecutor } from '../../node/leave.ts';
import { machinesOf } from '../../node/see.ts';

export default class NodeRemove extends ApiCommand {
  static override summary = 'Take a node out of the cluster: its executor is believed no more.';
  static override description = `${NodeRemove.summary}
Its account is deleted, so that its token is refused at once. With --host the executor is stopped there as well. Volumes stay where they are.`;
  static override examples = [
    '<%= config.bin %> node remove node-3 --host root@node-3',
    '<%= config.bin %> node remove node-3 --force',
  ];
  static override args = { node: requiredArg('name of the node') };
  static override flags = {
    ...hostFlags,
    host: string({ helpValue: '[USER@]HOST[:PORT]', description: 'Log in there by SSH and stop the executor.' }),
    force: boolean({
      description: 'Even while machines are bound to it. What runs there goes on, and nobody watches it.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeRemove);
    const name = objectName(args.node, 'node name');
    const session = await this.connect(flags);
    await requireCluster(session, 'remove');
    const { client } = session;
    const node = await getNode(client, name);
    if (!flags.force)
      refuseIfBound(
        name,
        (await machinesOf(client, name)).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      );
    if (await cordon(client, name, true)) this.note(`node/${name} cordoned`);
    if (flags.host !== undefined) {
      using host = await openHost(parseLogin(flags.host, flags['identity-file']), (text) => this.note(text));
      await stopExecutor(host, placesOf(flags));
      this.note(`${name}: the executor was stopped on ${host.name}`);
    }
    await forgetNode(client, node);
    this.say(`node/${name} removed`);
    if (flags.host === undefined)
      this.note(`its executor may still run: on the host, systemctl disable --now vm-executor`);
  }
}

const MOST_NAMES = 5;

function refuseIfBound(node: string, machines: readonly string[]): void {
  if (machines.length === 0) return;
  const more = machines.length > MOST_NAMES ? ` and ${machines.length - MOST_NAMES} more` : '';
  const names = machines.slice(0, MOST_NAMES).join(', ') + more;
  const next = `empty it first with: vmctl node drain ${node}\n  then delete or rebind those that stay, or say --force`;
  throw new Failure('refused', `machines are bound to ${node}: ${names}`, next);
}
