import { each, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, ignored } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { text } from '../values/texts.ts';
import type { DomainDraft } from './draft.ts';

interface Argument {
  value?: string;
}

const argument: ElementTable<Argument> = {
  attributes: { value: fieldOf<Argument>()('value', text(), { field: 'spec.launch.extraArguments' }) },
};

const words = ordered<DomainDraft, Argument>({
  at: '.launch.extraArguments',
  list: ({ extraArguments }) => extraArguments,
  begin: (draft) => draft.extraArguments,
  make: () => ({}),
  choice: () => argument,
  writes: () => argument,
});

/** `<qemu:commandline>`: obeyed only where the node's administrator allows it. Source: https://libvirt.org/drvqemu.html */
export const commandLine = one<DomainDraft>({
  children: {
    'qemu:arg': words,
    'qemu:env': each({ whole: ignored('the executor gives qemu no variables of its own choice') }),
  },
});
