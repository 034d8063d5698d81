import { items, keptWhole, one } from '../table/children.ts';
import { ignored, refused, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { matching, text } from '../values/texts.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Graphics = ItemDraft<'graphics'>;

const OWN_SOCKET = 'the display is on a socket that only the executor reaches';
const TUNING = 'displays are not reached by a SPICE client, so its tuning has no effect';

const portNumber = matching(/^(-1|[0-9]{1,5})$/, 'port');

const endpoint = {
  port: ignored(OWN_SOCKET, portNumber),
  autoport: ignored(OWN_SOCKET, yesNo),
  listen: ignored(OWN_SOCKET, text(255)),
  keymap: ignored('the keys are sent as the keyboard has them', text(64)),
  passwd: refused(
    'a password in a machine can be read by everybody; the display needs none, since only the executor reaches it',
  ),
};

const listen = keptWhole(OWN_SOCKET);

const vnc: ElementTable<Graphics> = {
  attributes: {
    type: selector('vnc', 'spec.vnc'),
    ...endpoint,
    websocket: ignored(OWN_SOCKET, portNumber),
    socket: ignored(OWN_SOCKET, text()),
    sharePolicy: ignored('the executor is the only client', wordOf('allow-exclusive', 'force-shared', 'ignore')),
  },
  children: { listen },
};

const tuning = keptWhole(TUNING);

const spice: ElementTable<Graphics> = {
  attributes: { type: selector('spice', 'spec.spice'), ...endpoint, tlsPort: ignored(OWN_SOCKET, portNumber) },
  children: {
    listen,
    image: tuning,
    jpeg: tuning,
    zlib: tuning,
    playback: tuning,
    streaming: tuning,
    clipboard: tuning,
    mouse: tuning,
    filetransfer: tuning,
    channel: tuning,
    gl: one({ attributes: { enable: ignored('3D is not accelerated', wordOf('no')) } }),
  },
};

const tables = { vnc, spice } satisfies Record<string, Choice<Graphics>>;

export const graphics = items<DomainDraft, Graphics>({
  at: 'spec.graphics',
  list: ({ spec }) => {
    spec.graphics ??= [];
    return spec.graphics as Graphics[];
  },
  make: (node, { spec }) => {
    const name = `display${spec.graphics?.length ?? 0}`;
    return attributeOf(node, 'type') === 'spice' ? { name, spice: {} } : { name, vnc: {} };
  },
  name: ({ name }) => name,
  table: byAttribute<Choice<Graphics>>('type', tables),
  writes: ({ spice }) => (spice ? tables.spice : tables.vnc),
});
