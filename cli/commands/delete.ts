import { boolean } from '@oclif/core/flags';
import { isNotFound } from '../../schemas/client/errors.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { select } from '../api/lookup.ts';
import { displayName, type NamedResource } from '../api/resources.ts';
import { readManifests } from '../apply/manifests.ts';
import { type DryRun, dryRunNote } from '../apply/report.ts';
import { targetOf } from '../apply/target.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { dryRun, filenames, objectOutput, recursive, selector, timeoutFlag, timeoutMs } from '../flags.ts';
import { gone } from '../wait/judges.ts';
import { until } from '../wait/until.ts';

interface Victim {
  readonly resource: NamedResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

export default class Delete extends ApiCommand {
  static override summary = 'Delete objects, and what they hold on the host.';
  static override examples = [
    '<%= config.bin %> delete vm web',
    '<%= config.bin %> delete vm/web disk/data',
    '<%= config.bin %> delete -f web.yaml',
  ];
  static override args = { resource: listArg('RESOURCE NAME..., or RESOURCE/NAME...', false) };
  static override flags = {
    filename: filenames,
    recursive,
    selector,
    all: boolean({ description: 'All objects of the resource in the namespace.' }),
    'ignore-not-found': boolean({ description: 'An object that is not there is no error.' }),
    wait: boolean({ default: true, allowNo: true, description: 'Wait until they are gone.' }),
    timeout: timeoutFlag('0'),
    'dry-run': dryRun,
    output: objectOutput,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const session = await this.connect(flags);
    const victims = flags.filename
      ? await this.ofFiles(session, flags.filename, flags.recursive, flags.namespace)
      : await this.ofWords(session, (args.resource ?? []) as unknown as string[], flags);
    const mode = flags['dry-run'] as DryRun;
    const deleted: Victim[] = [];
    for (const victim of victims) {
      const found = await this.remove(session, victim, mode, flags['ignore-not-found']);
      if (!found) continue;
      deleted.push(victim);
      const shown = displayName(victim.resource, victim.name);
      this.say(flags.output === 'name' ? shown : `${shown} deleted${dryRunNote(mode)}`);
    }
    if (!flags.wait || mode !== 'none') return;
    await until(
      session,
      deleted.map((victim) => ({ ...victim, judge: gone })),
      timeoutMs(flags.timeout),
    );
  }

  private async remove(
    { client }: Session,
    { resource, namespace, name }: Victim,
    mode: DryRun,
    lenient: boolean,
  ): Promise<boolean> {
    const query = mode === 'server' ? { dryRun: 'All' } : {};
    try {
      if (mode === 'client') await client.get<KubeObject>(resource, { namespace, name });
      else await client.delete(resource, { namespace, name }, undefined, query);
      return true;
    } catch (error) {
      if (lenient && isNotFound(error)) return false;
      throw error;
    }
  }

  private async ofFiles(
    session: Session,
    files: readonly string[],
    deep: boolean,
    namespace?: string,
  ): Promise<Victim[]> {
    const manifests = await readManifests(files, deep);
    const targets = await Promise.all(manifests.map((manifest) => targetOf(session, namespace, manifest)));
    return targets.map(({ object, ...target }) => ({ ...target, name: object.metadata.name ?? '' }));
  }

  private async ofWords(
    session: Session,
    words: readonly string[],
    flags: { all: boolean; selector?: string | undefined },
  ): Promise<Victim[]> {
    const selections = await select(session.client, words);
    const lists = selections.map(async ({ resource, names }) => {
      const namespace = resource.namespaced ? session.namespace : undefined;
      const at = (name: string): Victim => ({ resource, namespace, name });
      if (names.length > 0) return names.map(at);
      if (!flags.all && flags.selector === undefined)
        throw usage(`which ${resource.plural} should be deleted?`, 'name them, or say --all or --selector');
      const { items } = await session.client.list<KubeObject>(resource, namespace, {
        query: { labelSelector: flags.selector },
      });
      return items.map(({ metadata }) => at(metadata.name));
    });
    return (await Promise.all(lists)).flat();
  }
}
