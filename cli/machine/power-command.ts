import { boolean } from '@oclif/core/flags';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { changeQuery, type DryRun, report } from '../apply/report.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { dryRun, objectOutput, selector, timeoutMs, waiting } from '../flags.ts';
import { machineName } from '../names.ts';
import { machineIs } from '../wait/judges.ts';
import { until } from '../wait/until.ts';
import { missingMachine } from './missing.ts';
import { type Change, changes, type PowerVerb } from './power.ts';
import { newToken } from './token.ts';

const VM = OURS.VirtualMachine;

interface Planned {
  readonly machine: VirtualMachine;
  readonly change: Change;
}

/** `vmctl start` and its like: each a change of the same few fields. */
export abstract class PowerCommand extends ApiCommand {
  static override args = { machine: listArg('names of machines', false) };
  static override flags = {
    selector,
    all: boolean({ description: 'All machines of the namespace.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  protected abstract readonly verb: PowerVerb;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof PowerCommand);
    const force = (flags as { force?: boolean }).force ?? false;
    const names = ((args.machine ?? []) as string[]).map((name) => machineName(name));
    if (names.length === 0 && !flags.all && flags.selector === undefined)
      throw usage('which machine?', `name one: vmctl ${this.verb} web, or say --all`);
    const session = await this.connect(flags);
    const machines = await this.machines(session, names, flags.selector);
    const planned = machines.map((machine) => ({
      machine,
      change: changes[this.verb](machine, { token: newToken(), force }),
    }));
    for (const { text } of await this.perform(session, planned, flags['dry-run'] as DryRun, flags.output))
      this.say(text);
    if (!flags.wait || flags['dry-run'] !== 'none') return;
    const goals = planned.map(({ machine, change }) => ({
      resource: VM,
      name: machine.metadata.name,
      judge: machineIs(change.power, change.request),
    }));
    await until(session, goals, timeoutMs(flags.timeout));
  }

  private async machines(session: Session, names: readonly string[], selector?: string): Promise<VirtualMachine[]> {
    const { client, namespace } = session;
    if (names.length > 0)
      return Promise.all(
        names.map((name) => client.get<VirtualMachine>(VM, { namespace, name }).catch(missingMachine(name, namespace))),
      );
    return (await client.list<VirtualMachine>(VM, namespace, { query: { labelSelector: selector } })).items;
  }

  private perform(
    { client }: Session,
    planned: readonly Planned[],
    mode: DryRun,
    format?: string,
  ): Promise<{ text: string }[]> {
    return Promise.all(
      planned.map(async ({ machine, change: { spec, said } }) => {
        const isSent = spec !== undefined && mode !== 'client';
        const after = isSent
          ? await client.patch<VirtualMachine>(VM, machine.metadata, { spec }, { query: changeQuery(mode) })
          : machine;
        return { text: await report(after, VM, said, mode, format) };
      }),
    );
  }
}
