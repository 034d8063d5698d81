import { boolean } from '@oclif/core/flags';
import { isNotFound } from '../../schemas/client/errors.ts';
import { select } from '../api/lookup.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { allNamespaces, type Format, fieldSelector, output, selector, watch } from '../flags.ts';
import { type ShowOptions, show } from '../get/show.ts';

export default class Get extends ApiCommand {
  static override summary =
    'Show objects: machines, disks, snapshots, images, networks, pools and all else that the API has.';
  static override examples = [
    '<%= config.bin %> get vm',
    '<%= config.bin %> get vm web -o yaml',
    '<%= config.bin %> get vm,disks -A -o wide',
    '<%= config.bin %> get vm/web disk/web-root --watch',
  ];
  static override args = {
    resource: listArg('RESOURCE [NAME...], or RESOURCE/NAME...; several resources with commas', false),
  };
  static override flags = {
    output,
    'all-namespaces': allNamespaces,
    selector,
    'field-selector': fieldSelector,
    watch,
    'no-headers': boolean({ description: 'Rows only.' }),
    'show-managed-fields': boolean({ description: 'In YAML and JSON: who manages which field.' }),
    'ignore-not-found': boolean({ description: 'An object that is not there is no error.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Get);
    const session = await this.connect(flags);
    const selections = await select(session.client, (args.resource as unknown as string[] | undefined) ?? []);
    if (flags['all-namespaces'] && selections.some(({ names }) => names.length > 0))
      throw usage(
        'an object has one namespace, so a name cannot go with --all-namespaces',
        'leave out -A, or the name',
      );
    const options: ShowOptions = {
      format: (flags.output ?? 'table') as Format,
      allNamespaces: flags['all-namespaces'],
      selector: flags.selector,
      fieldSelector: flags['field-selector'],
      headers: !flags['no-headers'],
      showManagedFields: flags['show-managed-fields'],
    };
    if (flags.watch) return this.follow(session, selections, options);
    const { text, nothing, errors } = await show(session, selections, options);
    if (text !== '') this.say(text);
    const [error] = flags['ignore-not-found'] ? errors.filter((it) => !isNotFound(it)) : errors;
    if (error !== undefined) throw error;
    if (text === '' && nothing !== '' && !flags['ignore-not-found']) this.note(nothing);
  }

  private async follow(
    session: Parameters<typeof show>[0],
    selections: Parameters<typeof show>[1],
    options: ShowOptions,
  ): Promise<void> {
    const [only, ...others] = selections;
    if (!only || others.length > 0 || only.names.length > 1)
      throw usage('--watch follows one resource or one object', 'run it once for each');
    const { follow } = await import('../get/watch.ts');
    const [name] = only.names;
    const named = name === undefined ? options : { ...options, fieldSelector: `metadata.name=${name}` };
    for await (const line of follow(session, only.resource, named, new AbortController().signal)) this.say(line);
  }
}
