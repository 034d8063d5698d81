import { PowerCommand } from '../machine/power-command.ts';

export default class Start extends PowerCommand {
  static override summary = 'Start machines that are stopped.';
  static override examples = ['<%= config.bin %> start web', '<%= config.bin %> start web db --wait'];
  protected readonly verb = 'start';
}
