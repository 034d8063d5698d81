import { OURS } from '../../api/resources.ts';
import { ListCommand } from '../../get/list-command.ts';

export default class DiskList extends ListCommand {
  static override summary = 'List the disks of a namespace.';
  static override examples = ['<%= config.bin %> disk list', '<%= config.bin %> disk list -o wide --watch'];
  protected readonly resource = OURS.VirtualMachineDisk;
}
