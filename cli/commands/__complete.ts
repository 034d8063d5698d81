import type { KubeObject } from '../../schemas/types/object.ts';
import { connect } from '../api/connect.ts';
import { known, resourceWords } from '../api/resources.ts';
import { BaseCommand } from '../base.ts';
import { candidates, FILES, type Sources } from '../completion/candidates.ts';
import { loadKubeconfig } from '../kubeconfig/load.ts';
import { readPackage } from '../plugin.ts';

/** A person waits for the tab key; a server that is slow is as good as none. */
const PATIENCE_MS = 1500;

const SOURCES: Sources = {
  resources: resourceWords,
  contexts: async ({ values }) => {
    const { contexts } = await loadKubeconfig(values['kubeconfig'], process.env);
    return (contexts ?? []).map(({ name }) => name);
  },
  names: async (word, { values }) => {
    const resource = known(word);
    if (!resource) return [];
    const { client, namespace } = await connect(values);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { items } = await client.list<KubeObject>(resource, namespace, { query: { limit: 500 }, signal });
    return items.map(({ metadata }) => metadata.name);
  },
};

const nothing = (): string[] => [];

/** Whatever goes wrong, a line that is being typed is no place to say so. */
const QUIET: Sources = {
  resources: SOURCES.resources,
  contexts: (typed) => SOURCES.contexts(typed).catch(nothing),
  names: (resource, typed) => SOURCES.names(resource, typed).catch(nothing),
};

/** Asked by the scripts of `vmctl completion`: the words after the program's name follow `--`, the last one being typed. */
export default class Complete extends BaseCommand {
  static override hidden = true;
  static override summary = 'What could be typed next.';
  static override strict = false;

  async run(): Promise<void> {
    this.parsed = true;
    const words = this.argv.slice(this.argv.indexOf('--') + 1);
    const found = await candidates(words, readPackage(this.config.root).commands, QUIET);
    if (found === FILES) return this.say(`:${FILES}`);
    for (const [word, meaning] of found) this.say(`${word}\t${meaning ?? ''}`);
  }
}
