import { alias, items, one } from '../table/children.ts';
import { fieldOf, ignored, runtime, same } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { tree } from '../table/tree.ts';
import { whole } from '../values/numbers.ts';
import { hostPath } from '../values/texts.ts';
import { wordOf, words } from '../values/words.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Serial = ItemDraft<'serials'>;
const serial = fieldOf<Serial>();

export const OWN_LOG = 'vmctl keeps a log of the serial console itself (vmctl logs)';
const OWN_SOCKET = 'vmctl reaches it through a socket of its own (vmctl console)';

/** Where libvirt puts the other end of a character device. */
export const sources = {
  pty: one<unknown>({ attributes: { path: runtime('the terminal of a running machine') } }),
  null: one<unknown>({}),
  file: one<unknown>({
    attributes: { path: ignored(OWN_LOG, hostPath), append: ignored(OWN_LOG, wordOf('on', 'off')) },
  }),
};

export const log = one<unknown>({
  attributes: { file: ignored(OWN_LOG, hostPath), append: ignored(OWN_LOG, wordOf('on', 'off')) },
});

const TYPES = { 'isa-serial': 'isa', 'pci-serial': 'pci', 'usb-serial': 'usb' } as const;

const target: ElementTable<Serial> = {
  attributes: {
    type: serial('type', words(TYPES), { field: 'spec.type' }),
    port: ignored('ports are numbered in their order', whole(0, 3)),
  },
  children: {
    model: one({ attributes: { name: same('follows from the type', 'isa-serial', 'pci-serial', 'usb-serial') } }),
  },
};

const table = (type: keyof typeof sources): ElementTable<Serial> => ({
  attributes: { type: type === 'pty' ? same(OWN_SOCKET, 'pty') : ignored(OWN_LOG) },
  children: { source: sources[type], log, target: one(target), alias, address: placement('isa', 'pci', 'usb') },
});

const tables = { pty: table('pty'), file: table('file'), null: table('null') } satisfies Record<string, Choice<Serial>>;

const listed = items<DomainDraft, Serial>({
  at: 'spec.serials',
  list: ({ spec }) => {
    spec.serials ??= [];
    return spec.serials as Serial[];
  },
  make: (_, { spec }) => ({ name: `serial${spec.serials?.length ?? 0}`, type: 'isa' }),
  name: ({ name }) => name,
  table: byAttribute<Choice<Serial>>('type', tables),
  writes: () => table('pty'),
});

/** A serial port is written with the terminal that libvirt would give it. */
export const serials = {
  ...listed,
  write: (name: string, draft: DomainDraft) =>
    (draft.spec.serials ?? []).map((item, index) => ({
      ...tree(name, { type: 'pty' }, [tree('target', { type: `${item.type ?? 'isa'}-serial`, port: String(index) })]),
      item: item.name,
    })),
};
