import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { findInterface, withoutInterface } from '../../machine/interface-list.ts';
import { interfaceDetached } from '../../wait/interfaces.ts';

export default class NetworkDetach extends DiskCommand {
  static override summary = 'Take an interface out of a machine.';
  static override description = 'The guest of a running machine is asked to let go of the card, and may take its time.';
  static override examples = ['<%= config.bin %> network detach web eth1 --wait'];
  static override args = {
    machine: requiredArg('name of the machine'),
    interface: requiredArg('name of the interface, or of the network that it is on'),
  };
  static override flags = DiskCommand.flags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkDetach);
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const nic = findInterface(machine, args.interface);
      return {
        interfaces: withoutInterface(machine, nic),
        said: `detach of ${nic.name} requested`,
        judge: interfaceDetached(nic.name),
      };
    });
  }
}
