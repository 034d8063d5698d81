import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { objectName } from '../names.ts';
import { requireCluster } from './cluster.ts';
import { cordon } from './cordon.ts';

/** `vmctl node cordon` and `uncordon`. */
export abstract class CordonCommand extends ApiCommand {
  static override args = { node: listArg('names of nodes') };

  protected abstract readonly cordoned: boolean;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof CordonCommand);
    const verb = this.cordoned ? 'cordon' : 'uncordon';
    const session = await this.connect(flags);
    await requireCluster(session, verb);
    for (const name of (args.node as unknown as string[]).map((text) => objectName(text, 'node name'))) {
      const changed = await cordon(session.client, name, this.cordoned);
      this.say(`node/${name} ${changed ? '' : 'already '}${verb}ed`);
    }
  }
}
