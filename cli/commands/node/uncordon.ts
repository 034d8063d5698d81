import { CordonCommand } from '../../node/cordon-command.ts';

export default class NodeUncordon extends CordonCommand {
  static override summary = 'Let machines onto nodes again.';
  static override examples = ['<%= config.bin %> node uncordon node-3'];
  protected readonly cordoned = false;
}
