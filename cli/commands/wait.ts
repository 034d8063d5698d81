import { string } from '@oclif/core/flags';
import type { KubeObject } from '../../schemas/types/object.ts';
import { select } from '../api/lookup.ts';
import { displayName } from '../api/resources.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { selector, timeoutFlag, timeoutMs } from '../flags.ts';
import { goalOf } from '../wait/for.ts';
import { until } from '../wait/until.ts';

export default class Wait extends ApiCommand {
  static override summary = 'Wait until objects have a condition, a value, or are gone.';
  static override examples = [
    '<%= config.bin %> wait vm/web --for=condition=Ready --timeout=90s',
    "<%= config.bin %> wait vm web --for=jsonpath='{.status.powerState}'=Stopped",
    '<%= config.bin %> wait vmsn/web-1 --for=delete',
  ];
  static override args = { resource: listArg('RESOURCE NAME..., or RESOURCE/NAME...') };
  static override flags = {
    for: string({
      default: 'condition=Ready',
      helpValue: 'WHAT',
      description: 'condition=TYPE[=STATUS], jsonpath={.PATH}=VALUE, create or delete.',
    }),
    selector,
    timeout: timeoutFlag('30s'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Wait);
    const { judge, said } = goalOf(flags.for);
    const session = await this.connect(flags);
    const selections = await select(session.client, args.resource as unknown as string[]);
    const lists = selections.map(async ({ resource, names }) => {
      const namespace = resource.namespaced ? session.namespace : undefined;
      if (names.length > 0) return names.map((name) => ({ resource, name, namespace, judge }));
      if (flags.selector === undefined) throw usage(`which ${resource.plural}?`, 'name them, or say --selector');
      const { items } = await session.client.list<KubeObject>(resource, namespace, {
        query: { labelSelector: flags.selector },
      });
      return items.map(({ metadata }) => ({ resource, name: metadata.name, namespace, judge }));
    });
    const goals = (await Promise.all(lists)).flat();
    if (goals.length === 0) throw usage('no object matches', 'see: vmctl get');
    await until(session, goals, timeoutMs(flags.timeout));
    for (const { resource, name } of goals) this.say(`${displayName(resource, name)} ${said}`);
  }
}
