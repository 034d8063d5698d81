import { PowerCommand } from '../machine/power-command.ts';

export default class Reset extends PowerCommand {
  static override summary = 'Reset machines as the button does: at once, without asking the guest.';
  static override examples = ['<%= config.bin %> reset web', '<%= config.bin %> reset web db --wait'];
  protected readonly verb = 'reset';
}
