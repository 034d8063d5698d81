import { alias, items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, runtime, same } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { tree } from '../table/tree.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { childAttribute, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { log, OWN_LOG, sources } from './serial.ts';

type Console = ItemDraft<'consoles'>;

const MIRROR = 'the console is the first serial port';
const OWN_SOCKET = 'vmctl reaches it through a socket of its own';
const tty = runtime('the terminal of a running machine');

const mirror = (type: 'pty' | 'file'): ElementTable<unknown> => ({
  attributes: { type: type === 'pty' ? same(MIRROR, 'pty') : ignored(OWN_LOG), tty },
  children: {
    source: sources[type],
    log,
    target: one({ attributes: { type: same(MIRROR, 'serial'), port: same(MIRROR, '0') } }),
    alias,
  },
});

const mirrors = { pty: mirror('pty'), file: mirror('file') } satisfies Record<string, Choice<unknown>>;

const virtio: ElementTable<Console> = {
  attributes: { type: same(OWN_SOCKET, 'pty'), tty },
  children: {
    source: sources.pty,
    log,
    target: one({
      attributes: {
        type: fieldOf<Console>()('type', wordOf('virtio'), { field: 'spec.type' }),
        port: ignored('ports are numbered in their order', whole()),
      },
    }),
    alias,
    address: placement('virtio-serial'),
  },
};

const listed = items<DomainDraft, Console>({
  at: 'spec.consoles',
  list: ({ spec }) => {
    spec.consoles ??= [];
    return spec.consoles as Console[];
  },
  make: (_, { spec }) => ({ name: `console${spec.consoles?.length ?? 0}` }),
  name: ({ name }) => name,
  table: byAttribute<Choice<Console>>('type', { pty: virtio }),
  writes: () => virtio,
});

const isVirtio = (node: XmlElement): boolean => childAttribute(node, 'target', 'type') === 'virtio';

const written = ({ name, type }: Console) => ({
  ...tree('console', { type: 'pty' }, [tree('target', { type: type ?? 'virtio' })]),
  item: name,
});

/** `<console>`: the first serial port once more (and the port itself where no `<serial>` is there), or one of virtio's. */
export const consoles: Child<DomainDraft> = {
  repeated: true,
  read: (node, draft, reading) => {
    if (isVirtio(node)) return listed.read(node, draft, reading);
    draft.libvirt.console = true;
    return readElement(node, byAttribute<Choice<unknown>>('type', mirrors)(node), draft, reading);
  },
  write: (name, { spec }) => [
    ...(spec.serials === undefined
      ? [tree(name, { type: 'pty' }, [tree('target', { type: 'serial', port: '0' })])]
      : []),
    ...((spec.consoles ?? []) as Console[]).map(written),
  ],
};
