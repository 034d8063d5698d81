import { boolean } from '@oclif/core/flags';
import { PowerCommand } from '../machine/power-command.ts';

export default class Stop extends PowerCommand {
  static override summary = 'Shut machines down: the guest is asked, and forced after its timeout.';
  static override examples = [
    '<%= config.bin %> stop web',
    '<%= config.bin %> stop web --force',
    '<%= config.bin %> stop --all --wait',
  ];
  static override flags = {
    ...PowerCommand.flags,
    force: boolean({ description: 'End qemu at once, now and at later stops (spec.stop.method: Force).' }),
  };
  protected readonly verb = 'stop';
}
