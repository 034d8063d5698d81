import { PowerCommand } from '../machine/power-command.ts';

export default class Pause extends PowerCommand {
  static override summary = 'Halt the processors of machines; their memory stays.';
  static override examples = ['<%= config.bin %> pause web', '<%= config.bin %> pause web db --wait'];
  protected readonly verb = 'pause';
}
