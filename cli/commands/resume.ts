import { PowerCommand } from '../machine/power-command.ts';

export default class Resume extends PowerCommand {
  static override summary = 'Let paused machines go on.';
  static override examples = ['<%= config.bin %> resume web', '<%= config.bin %> resume web db --wait'];
  protected readonly verb = 'resume';
}
