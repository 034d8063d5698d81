import { ApiError, isConflict } from '../../schemas/client/errors.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { select } from '../api/lookup.ts';
import { displayName, type NamedResource } from '../api/resources.ts';
import { isSameObject } from '../apply/same.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { type Draft, openDraft } from '../edit/editor.ts';
import { editable, editText, withoutNote } from '../edit/text.ts';
import { Failure, usage } from '../errors.ts';

const QUERY = { fieldManager: 'vmctl-edit', fieldValidation: 'Strict' };
const ATTEMPTS = 5;

export default class Edit extends ApiCommand {
  static override summary = 'Change an object in your editor ($EDITOR).';
  static override examples = ['<%= config.bin %> edit vm web', 'EDITOR=nano <%= config.bin %> edit disk/data'];
  static override args = { resource: listArg('RESOURCE NAME, or RESOURCE/NAME') };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Edit);
    const session = await this.connect(flags);
    const [selection, ...others] = await select(session.client, args.resource as unknown as string[]);
    const [name, ...more] = selection?.names ?? [];
    if (!selection || name === undefined || others.length > 0 || more.length > 0)
      throw usage('edit changes one object', 'name it: vmctl edit vm web');
    await this.edit(session, selection.resource, name);
  }

  private async edit({ client, namespace }: Session, resource: NamedResource, name: string): Promise<void> {
    const { stringifyYaml } = await import('../chunks/yaml.ts');
    const target = { namespace: resource.namespaced ? namespace : undefined, name };
    const before = await client.get<KubeObject>(resource, target);
    const original = stringifyYaml(editable(before));
    await using draft = await openDraft(name, process.env);
    const shown = displayName(resource, name);
    for (let text = original, problem: string | undefined; ; ) {
      const saved = withoutNote(await draft.edit(editText(text, problem)));
      if (saved.trim() === '' || saved === original) return this.say(`${shown} unchanged`);
      if (saved === text && problem !== undefined) throw abandoned(draft, problem);
      const attempt = await this.replace(client, resource, saved, before);
      if (attempt === undefined) return this.say(`${shown} edited`);
      [text, problem] = [saved, attempt];
    }
  }

  /** What is wrong with the text, or nothing when the server took it. */
  private async replace(
    client: Session['client'],
    resource: NamedResource,
    text: string,
    before: KubeObject,
  ): Promise<string | undefined> {
    const { parseYaml } = await import('../chunks/yaml.ts');
    try {
      const object = parseYaml(text) as KubeObject;
      if (object?.metadata?.name !== before.metadata.name || object.kind !== before.kind)
        return 'name and kind of an object cannot be changed';
      await replaceAsRead(client, resource, object, before);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError || (error as Error).name === 'YAMLParseError') return (error as Error).message;
      throw error;
    }
  }
}

/** Replaces an object unless somebody else has changed it since; a status that was written meanwhile, as of a machine that runs, is no change. */
async function replaceAsRead(
  client: Session['client'],
  resource: NamedResource,
  object: KubeObject,
  before: KubeObject,
): Promise<void> {
  const { namespace, name } = before.metadata;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return void (await client.replace(resource, object, { query: QUERY }));
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      const now = await client.get<KubeObject>(resource, { namespace, name });
      if (!isSameObject(before, now)) throw error;
      Object.assign(object.metadata, { resourceVersion: now.metadata.resourceVersion });
    }
  }
}

/** The person closed the editor on the same wrong text: what was written is kept in a file. */
function abandoned(draft: Draft, problem: string): Failure {
  draft.keep();
  return new Failure('refused', problem, `nothing was changed; your text is in ${draft.path}`);
}
