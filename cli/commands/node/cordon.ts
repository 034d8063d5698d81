import { CordonCommand } from '../../node/cordon-command.ts';

export default class NodeCordon extends CordonCommand {
  static override summary = 'Let no more machines onto nodes. Those that are there go on.';
  static override examples = ['<%= config.bin %> node cordon node-3'];
  protected readonly cordoned = true;
}
