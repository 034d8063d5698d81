import { isConflict } from '../../schemas/client/errors.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { changeQuery, type DryRun, report } from '../apply/report.ts';
import { ApiCommand } from '../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../flags.ts';
import { machineName } from '../names.ts';
import { type Judge, until } from '../wait/until.ts';
import type { EntryDraft } from './disk-list.ts';
import { missingMachine } from './missing.ts';

const VM = OURS.VirtualMachine;
const ATTEMPTS = 5;

/** What a verb makes of a machine's list of disks, or of its interfaces. */
export interface DiskChange {
  readonly disks?: readonly EntryDraft[];
  readonly interfaces?: readonly EntryDraft[];
  readonly said: string;
  readonly judge: Judge;
}

interface Asked {
  readonly machine: string;
  readonly mode: DryRun;
  readonly format: string | undefined;
  readonly wait: boolean;
  readonly timeout: string;
}

/** `vmctl disk attach`, `vmctl network attach` and their like: each a change of one list, as an editor of the object makes it. */
export abstract class DiskCommand extends ApiCommand {
  static override flags = { 'dry-run': dryRun, output: objectOutput, ...waiting };

  protected async change(session: Session, asked: Asked, decide: (machine: VirtualMachine) => DiskChange) {
    const name = machineName(asked.machine);
    const { after, done } = await apply(session, name, asked.mode, decide);
    this.say(await report(after, VM, done.said, asked.mode, asked.format));
    if (asked.wait && asked.mode === 'none')
      await until(session, [{ resource: VM, name, judge: done.judge }], timeoutMs(asked.timeout));
  }
}

/** A list is replaced whole: only in the state that was read, and read again where somebody was faster. */
async function apply(session: Session, name: string, mode: DryRun, decide: (machine: VirtualMachine) => DiskChange) {
  const { client, namespace } = session;
  for (let attempt = 1; ; attempt += 1) {
    const before = await client.get<VirtualMachine>(VM, { namespace, name }).catch(missingMachine(name, namespace));
    const done = decide(before);
    if (mode === 'client') return { after: before, done };
    const { resourceVersion } = before.metadata;
    const patch = { metadata: { resourceVersion }, spec: { disks: done.disks, interfaces: done.interfaces } };
    try {
      const query = changeQuery(mode);
      return { after: await client.patch<VirtualMachine>(VM, { namespace, name }, patch, { query }), done };
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}
