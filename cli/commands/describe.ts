import type { KubeObject } from '../../schemas/types/object.ts';
import { select } from '../api/lookup.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { describe } from '../describe/describe.ts';
import { listEvents } from '../describe/events.ts';
import { allNamespaces, selector } from '../flags.ts';

export default class Describe extends ApiCommand {
  static override summary = 'Show all about objects: spec, status, conditions and events.';
  static override examples = ['<%= config.bin %> describe vm web', '<%= config.bin %> describe vm/web disk/web-root'];
  static override args = { resource: listArg('RESOURCE [NAME...], or RESOURCE/NAME...') };
  static override flags = { selector, 'all-namespaces': allNamespaces };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Describe);
    const session = await this.connect(flags);
    const selections = await select(session.client, args.resource as unknown as string[]);
    const lists = selections.map(async ({ resource, names }): Promise<KubeObject[]> => {
      const namespace = resource.namespaced && !flags['all-namespaces'] ? session.namespace : undefined;
      if (names.length > 0)
        return Promise.all(names.map((name) => session.client.get<KubeObject>(resource, { namespace, name })));
      const type = {
        apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
        kind: resource.kind,
      };
      const { items } = await session.client.list<KubeObject>(resource, namespace, {
        query: { labelSelector: flags.selector },
      });
      return items.map((item) => ({ ...type, ...item }));
    });
    const objects = (await Promise.all(lists)).flat();
    const texts = objects.map(async (object) =>
      describe(object, (await listEvents(session, object.metadata.namespace ?? 'default', object)).events),
    );
    if (objects.length === 0) this.note('No resources found.');
    else this.say((await Promise.all(texts)).join('\n\n\n'));
  }
}
