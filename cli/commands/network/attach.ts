import { string } from '@oclif/core/flags';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { parseForward } from '../../machine/forward.ts';
import { freeName, withInterface } from '../../machine/interface-list.ts';
import { objectName } from '../../names.ts';
import { interfaceAttached } from '../../wait/interfaces.ts';

export default class NetworkAttach extends DiskCommand {
  static override summary = 'Give a machine an interface on a network; one that runs gets it at once.';
  static override examples = [
    '<%= config.bin %> network attach web lan --wait',
    '<%= config.bin %> network attach web lan --address 10.10.0.20 --mac 52:54:00:00:00:20',
  ];
  static override args = { machine: requiredArg('name of the machine'), network: requiredArg('name of the network') };
  static override flags = {
    ...DiskCommand.flags,
    as: string({
      helpValue: 'NAME',
      description: 'Name inside the machine; the first free of eth0, eth1 … otherwise.',
    }),
    model: string({
      options: ['virtio', 'e1000e', 'e1000', 'rtl8139', 'vmxnet3'],
      description: 'Network card that the guest sees; virtio where not given.',
    }),
    mac: string({ helpValue: 'MAC', description: 'MAC address; made where not given.' }),
    address: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'IP',
      description: 'Address that the network always gives it; may be repeated.',
    }),
    forward: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'HOST:GUEST',
      description: 'Port of the host that reaches the guest, as 2222:22; may be repeated.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkAttach);
    const network = { name: objectName(args.network) };
    const more = {
      ...(flags.model !== undefined && { model: flags.model }),
      ...(flags.mac !== undefined && { macAddress: flags.mac }),
      ...(flags.address && { addresses: flags.address }),
      ...(flags.forward && { forwards: flags.forward.map(parseForward) }),
    };
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const name = flags.as ?? freeName(machine);
      return {
        interfaces: withInterface(machine, { name, network, ...more }),
        said: `attach to ${network.name} as ${name} requested`,
        judge: interfaceAttached(name),
      };
    });
  }
}
