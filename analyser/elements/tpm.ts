import { alias, beginning, chosen, one } from '../table/children.ts';
import { refused, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { wordOf, words } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

const backends = {
  emulator: {
    attributes: {
      type: selector('emulator', 'spec.tpm'),
      version: machine('spec.tpm.version', wordOf('2.0', '1.2')),
    },
  },
  passthrough: { whole: refused('the host’s own TPM is not given to guests') },
  external: { whole: refused('a TPM that another program emulates is not supported') },
} satisfies Record<string, Choice<DomainDraft>>;

const table: ElementTable<DomainDraft> = {
  attributes: { model: machine('spec.tpm.model', words({ 'tpm-tis': 'tis', 'tpm-crb': 'crb' })) },
  children: { backend: chosen(byAttribute<Choice<DomainDraft>>('type', backends), () => backends.emulator), alias },
};

export const tpm = beginning(
  ({ spec }: DomainDraft) => {
    spec.tpm ??= {};
  },
  one(table, ({ spec }) => spec.tpm !== undefined),
);
