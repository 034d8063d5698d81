import { OURS } from '../../api/resources.ts';
import { ListCommand } from '../../get/list-command.ts';

export default class ImageList extends ListCommand {
  static override summary = 'List the images of a namespace.';
  static override examples = ['<%= config.bin %> image list', '<%= config.bin %> image list -o wide --watch'];
  protected readonly resource = OURS.VirtualMachineImage;
}
