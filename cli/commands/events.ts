import { string } from '@oclif/core/flags';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { select } from '../api/lookup.ts';
import { EVENTS } from '../api/resources.ts';
import { optionalArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { type Event, eventHeader, eventRow, listEvents } from '../describe/events.ts';
import { usage } from '../errors.ts';
import { allNamespaces, dataOutput, watch } from '../flags.ts';
import { formatData } from '../output/object.ts';
import { alignColumns } from '../output/table.ts';

export default class Events extends ApiCommand {
  static override summary = 'Show what happened, the newest last.';
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events vm/web',
    '<%= config.bin %> events --watch --types Warning',
  ];
  static override args = { object: optionalArg('RESOURCE/NAME whose events to show') };
  static override flags = {
    for: string({ helpValue: 'RESOURCE/NAME', description: 'The same as the argument, as kubectl has it.' }),
    types: string({ options: ['Normal', 'Warning'], description: 'Only events of this type.' }),
    'all-namespaces': allNamespaces,
    watch,
    output: dataOutput,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Events);
    const session = await this.connect(flags);
    const about = await this.about(session, args.object ?? flags.for);
    const namespace = flags['all-namespaces'] ? undefined : session.namespace;
    const isShown = (event: Event) =>
      (flags.types === undefined || event.type === flags.types) &&
      (about === undefined || event.involvedObject.uid === about.metadata.uid);
    const listed = await listEvents(session, namespace, about);
    const events = listed.events.filter(isShown);
    if (flags.output)
      return this.say(
        await formatData({ apiVersion: 'v1', kind: 'List', items: events }, flags.output as 'json' | 'yaml'),
      );
    if (events.length > 0 || flags.watch) this.table(events, flags['all-namespaces']);
    else this.note('No events found.');
    if (!flags.watch) return;
    // From where the list ended: what happens in between is not lost.
    const changes = session.client.watch<Event>(EVENTS, namespace, {
      query: { resourceVersion: listed.resourceVersion },
    });
    for await (const { type, object } of changes) {
      if ((type === 'ADDED' || type === 'MODIFIED') && isShown(object))
        this.say(eventRow(object, Date.now(), flags['all-namespaces']).join('   '));
    }
  }

  private table(events: readonly Event[], namespaces: boolean): void {
    const rows = events.map((event) => eventRow(event, Date.now(), namespaces));
    for (const row of alignColumns([eventHeader(namespaces), ...rows])) this.say(row);
  }

  private async about(session: Session, word: string | undefined): Promise<KubeObject | undefined> {
    if (word === undefined) return undefined;
    if (!word.includes('/')) throw usage('events of what?', 'write it as RESOURCE/NAME, such as vm/web');
    const [selection] = await select(session.client, [word]);
    if (!selection) return undefined;
    const { resource, names } = selection;
    return session.client.get(resource, {
      namespace: resource.namespaced ? session.namespace : undefined,
      name: names[0],
    });
  }
}
