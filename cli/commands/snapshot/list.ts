import { OURS } from '../../api/resources.ts';
import { optionalArg } from '../../args.ts';
import { ListCommand } from '../../get/list-command.ts';
import { objectName } from '../../names.ts';

export default class SnapshotList extends ListCommand {
  static override summary = 'List the snapshots of a machine, or of a namespace.';
  static override examples = ['<%= config.bin %> snapshot list', '<%= config.bin %> snapshot list web'];
  static override args = { machine: optionalArg('machine whose snapshots to list') };
  protected readonly resource = OURS.VirtualMachineSnapshot;

  protected override narrowed({ machine }: Record<string, unknown>): string | undefined {
    return typeof machine === 'string' ? `spec.virtualMachine.name=${objectName(machine)}` : undefined;
  }
}
