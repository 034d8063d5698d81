import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { OURS } from '../api/resources.ts';
import { make } from '../apply/make.ts';
import type { DryRun } from '../apply/report.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../flags.ts';
import { machineName, objectName } from '../names.ts';
import { cloneOf } from '../snapshot/clone.ts';

export default class Restore extends ApiCommand {
  static override summary =
    'Make a new machine from a backup or a snapshot. The old one, if it is there, stays as it is.';
  static override examples = [
    '<%= config.bin %> restore web-20260301-040000 web-restored --wait',
    '<%= config.bin %> restore web-nightly web2 --pool fast --start',
  ];
  static override args = {
    snapshot: requiredArg('name of the backup or snapshot'),
    machine: requiredArg('name of the new machine'),
  };
  static override flags = {
    start: boolean({ description: 'Start it once its disks are there.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool of the new disks; default where not given.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof Restore);
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name: objectName(args.snapshot) };
    const snapshot = await session.client.get<VirtualMachineSnapshot>(OURS.VirtualMachineSnapshot, target);
    const pool = flags.pool === undefined ? undefined : objectName(flags.pool);
    const clone = cloneOf(snapshot, { name: machineName(args.machine), start: flags.start, pool });
    const options = { mode: flags['dry-run'] as DryRun, format: flags.output, timeoutMs: timeoutMs(flags.timeout) };
    const say = (text: string) => this.say(text);
    // The machine first, so that its disks can go with it; it waits for them.
    await make(session, OURS.VirtualMachine, clone.machine, options, say);
    const owner = options.mode === 'none' ? await this.ownerOf(session, clone.machine.metadata.name ?? '') : [];
    for (const disk of clone.disks) {
      const owned = { ...disk, metadata: { ...disk.metadata, ownerReferences: owner } };
      await make(session, OURS.VirtualMachineDisk, owned, { ...options, wait: flags.wait }, say);
    }
    for (const what of clone.left) this.say(`left out: ${what}`);
  }

  private async ownerOf(session: Awaited<ReturnType<ApiCommand['connect']>>, name: string) {
    const { namespace } = session;
    const { apiVersion, kind, metadata } = await session.client.get<KubeObject>(OURS.VirtualMachine, {
      namespace,
      name,
    });
    return [{ apiVersion, kind, name, uid: metadata.uid ?? '', controller: true }];
  }
}
