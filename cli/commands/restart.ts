import { PowerCommand } from '../machine/power-command.ts';

export default class Restart extends PowerCommand {
  static override summary = 'Shut machines down and start them again.';
  static override examples = ['<%= config.bin %> restart web', '<%= config.bin %> restart web db --wait'];
  protected readonly verb = 'restart';
}
