import { integer, string } from '@oclif/core/flags';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { usage } from '../../errors.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { changedInterface, findInterface, type Interface } from '../../machine/interface-list.ts';
import { objectName } from '../../names.ts';
import { interfaceChanged } from '../../wait/interfaces.ts';

interface Wanted {
  readonly link?: string | undefined;
  readonly network?: string | undefined;
  readonly inbound?: number | undefined;
  readonly outbound?: number | undefined;
}

/** Limits of an interface; 0 takes one away. */
function bandwidth({ bandwidth: before }: Interface, { inbound, outbound }: Wanted): object {
  if (inbound === undefined && outbound === undefined) return {};
  const wanted = {
    inboundKilobytesPerSecond: inbound ?? before?.inboundKilobytesPerSecond,
    outboundKilobytesPerSecond: outbound ?? before?.outboundKilobytesPerSecond,
  };
  const kept = Object.entries({ ...before, ...wanted }).filter(([, value]) => value !== undefined && value !== 0);
  return { bandwidth: kept.length > 0 ? Object.fromEntries(kept) : undefined };
}

export default class NetworkSet extends DiskCommand {
  static override summary =
    'Change an interface of a machine: its cable, its network, its limits. One that runs takes it at once.';
  static override examples = [
    '<%= config.bin %> network set web eth0 --link down',
    '<%= config.bin %> network set web eth0 --inbound 10000 --outbound 2000',
    '<%= config.bin %> network set web eth0 --network dmz --wait',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    interface: requiredArg('name of the interface, or of the network that it is on'),
  };
  static override flags = {
    ...DiskCommand.flags,
    link: string({ options: ['up', 'down'], description: 'Whether the cable is plugged in.' }),
    network: string({ helpValue: 'NAME', description: 'Network that the cable goes to.' }),
    inbound: integer({
      min: 0,
      helpValue: 'KB/S',
      description: 'Limit of traffic to the guest, 1000 bytes per second; 0 for none.',
    }),
    outbound: integer({ min: 0, helpValue: 'KB/S', description: 'Limit of traffic from the guest; 0 for none.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkSet);
    const wanted: Wanted = flags;
    if ([flags.link, flags.network, flags.inbound, flags.outbound].every((it) => it === undefined)) {
      throw usage('what should change?', '--link, --network, --inbound or --outbound');
    }
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const nic = findInterface(machine, args.interface);
      const change = {
        ...(flags.link !== undefined && { linkState: flags.link === 'up' ? 'Up' : 'Down' }),
        ...(flags.network !== undefined && { network: { name: objectName(flags.network) } }),
        ...bandwidth(nic, wanted),
      };
      return {
        interfaces: changedInterface(machine, nic, change),
        said: `change of ${nic.name} requested`,
        judge: interfaceChanged(nic.name),
      };
    });
  }
}
