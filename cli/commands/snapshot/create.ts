import { boolean, string } from '@oclif/core/flags';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { machineName } from '../../names.ts';
import { requestFlags, requestSnapshot, requireMachine } from '../../snapshot/request.ts';

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
    method: string({
      options: ['Internal', 'External'],
      description: 'Inside the qcow2 volume, or a new overlay on it.',
    }),
    ...requestFlags('snapshot'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof SnapshotCreate);
    const machine = machineName(args.machine);
    const session = await this.connect(flags);
    await requireMachine(session, machine);
    const spec = { ...(flags.memory && { memory: true }), ...(flags.method && { method: flags.method }) };
    await requestSnapshot(session, { machine, name: args.snapshot, spec }, flags, (text) => this.say(text));
  }
}
