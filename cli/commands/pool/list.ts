import { OURS } from '../../api/resources.ts';
import { ListCommand } from '../../get/list-command.ts';

export default class PoolList extends ListCommand {
  static override summary = 'List the storage pools.';
  static override examples = ['<%= config.bin %> pool list', '<%= config.bin %> pool list -o wide --watch'];
  protected readonly resource = OURS.VirtualMachineStoragePool;
}
