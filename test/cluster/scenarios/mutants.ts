import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../../schemas/kinds/index.ts';
import { mutations } from '../../schemas/mutations.ts';
import type { Scenario, Scenarios, Session } from '../scenario.ts';
import { GROUP } from './objects.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'yamls', 'examples');

interface Document {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: Record<string, unknown>;
}

/** The custom resources of an example: the server of those has no Secrets. */
const documents = (file: string): Document[] =>
  parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8'))
    .map((document) => document.toJS() as Document)
    .filter(({ kind }) => kind in kinds);

function collection({ namespace }: Session, kind: string): string {
  const definition = Object.values(kinds).find((item) => item.kind === kind);
  const where = definition?.scope === 'Namespaced' ? `/namespaces/${namespace}` : '';
  return `${GROUP}${where}/${definition?.plural}?dryRun=All`;
}

/** Creates each example, dry, and each of its mutants. */
const sendMutants =
  (file: string): Scenario =>
  async (session) => {
    const calls = documents(file).flatMap((document, index) => {
      const path = collection(session, document.kind);
      const call = (step: string, spec: unknown) => ({
        step: `${index} ${step}`,
        call: { method: 'POST', path, body: { ...document, spec } },
      });
      const mutants = [...mutations(document.spec)];
      return [
        call('as it is', document.spec),
        ...mutants.map(({ path: at, value, spec }) => call(`${at} = ${JSON.stringify(value).slice(0, 40)}`, spec)),
      ];
    });
    for (const { step, call } of calls) await session.send(step, call);
  };

/** Verdicts and sentences about wrong specs, a scenario per example. */
export const mutants: Scenarios = Object.fromEntries(readdirSync(EXAMPLES).map((file) => [file, sendMutants(file)]));
