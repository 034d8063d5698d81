import { boolean, string } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { machineName, objectName } from '../../names.ts';

export default class SnapshotCreate extends ApiCommand {
  static override summary = 'Take a snapshot of a machine.';
  static override examples = [
    '<%= config.bin %> snapshot create web',
    '<%= config.bin %> snapshot create web before-upgrade --memory --wait',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    snapshot: optionalArg("name of the snapshot; made from the machine's where not given"),
  };
  static override flags = {
    memory: boolean({ description: 'Hold the memory of a running machine too.' }),
    quiesce: string({
      options: ['IfPossible', 'Required', 'Never'],
      description: "Freeze the guest's file systems for the moment of the snapshot.",
    }),
    disks: string({
      helpValue: 'NAME,NAME',
      description: "Names of the machine's disks to take; every writable one where not given.",
    }),
    method: string({
      options: ['Internal', 'External'],
      description: 'Inside the qcow2 volume, or a new overlay on it.',
    }),
    'expires-after': string({ helpValue: 'DURATION', description: 'Deleted so long after it was taken, such as 72h.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof SnapshotCreate);
    const machine = machineName(args.machine);
    const metadata =
      args.snapshot === undefined ? { generateName: `${machine}-` } : { name: objectName(args.snapshot) };
    const spec = {
      virtualMachine: { name: machine },
      ...(flags.memory && { memory: true }),
      ...(flags.quiesce && { quiesce: flags.quiesce }),
      ...(flags.disks !== undefined && { disks: flags.disks.split(',') }),
      ...(flags.method && { method: flags.method }),
      ...(flags['expires-after'] !== undefined && { expiresAfter: flags['expires-after'] }),
    };
    const session = await this.connect(flags);
    // A snapshot of a machine that is not there would wait for it; a person who typed the name meant one that is.
    await session.client.get(OURS.VirtualMachine, { namespace: session.namespace, name: machine });
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    await make(
      session,
      OURS.VirtualMachineSnapshot,
      draft(OURS.VirtualMachineSnapshot, metadata, spec),
      options,
      (text) => this.say(text),
    );
  }
}
