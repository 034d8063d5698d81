import { one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { ignored, runtime } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { text } from '../values/texts.ts';
import { wordOf, yesNo } from '../values/words.ts';

const OWN = 'qemu is confined by the executor, with a sandbox, a user and a cgroup of its own';

const attributes = {
  type: ignored(OWN),
  model: ignored(OWN, wordOf('none', 'selinux', 'apparmor', 'dac')),
  relabel: ignored(OWN, yesNo),
};

const label = one<unknown>({ text: runtime('the label of a running machine') });

const dynamic: ElementTable<unknown> = {
  attributes,
  children: { label, imagelabel: label, baselabel: one({ text: ignored(OWN, text()) }) },
};

const tables = {
  dynamic,
  none: { attributes },
  static: {
    attributes,
    children: { label: one({ text: ignored(OWN, text()) }), imagelabel: one({ text: ignored(OWN, text()) }) },
  },
} satisfies Record<string, Choice<unknown>>;

/** `<seclabel>`: one for each of the host's security drivers. */
export const seclabel: Child<unknown> = {
  repeated: true,
  read: (node, scope, reading) =>
    readElement(node, byAttribute<Choice<unknown>>('type', tables, 'dynamic')(node), scope, reading),
  write: () => [],
};
