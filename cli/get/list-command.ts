import type { NamedResource } from '../api/resources.ts';
import { ApiCommand } from '../base.ts';
import { allNamespaces, type Format, fieldSelector, output, selector, watch } from '../flags.ts';
import { show } from './show.ts';

/** `vmctl disk list` and its like: `vmctl get` of one resource. */
export abstract class ListCommand extends ApiCommand {
  static override flags = { output, 'all-namespaces': allNamespaces, selector, 'field-selector': fieldSelector, watch };

  protected abstract readonly resource: NamedResource;

  /** A field selector that the arguments ask for. */
  protected narrowed(_args: Record<string, unknown>): string | undefined {
    return undefined;
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof ListCommand);
    const fields = [flags['field-selector'], this.narrowed(args)].filter((text) => text !== undefined).join(',');
    const options = {
      format: (flags.output ?? 'table') as Format,
      allNamespaces: flags['all-namespaces'],
      selector: flags.selector,
      fieldSelector: fields === '' ? undefined : fields,
    };
    const session = await this.connect(flags);
    if (flags.watch) {
      const { follow } = await import('./watch.ts');
      for await (const text of follow(session, this.resource, options, new AbortController().signal)) this.say(text);
      return;
    }
    const { text, nothing, errors } = await show(session, [{ resource: this.resource, names: [] }], options);
    if (errors[0] !== undefined) throw errors[0];
    if (text !== '') this.say(text);
    else if (nothing !== '') this.note(nothing);
  }
}
