import { OURS } from '../../api/resources.ts';
import { ListCommand } from '../../get/list-command.ts';

export default class NetworkList extends ListCommand {
  static override summary = 'List the networks.';
  static override examples = ['<%= config.bin %> network list', '<%= config.bin %> network list -o wide --watch'];
  protected readonly resource = OURS.VirtualMachineNetwork;
}
