import { one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { hostPath } from '../values/texts.ts';
import { onOff, wordOf, yesNo } from '../values/words.ts';
import type { ItemDraft } from './draft.ts';

type Graphics = ItemDraft<'graphics'>;
const spice = fieldOf<Graphics>();

const rule = <V>(path: Parameters<typeof spice<V>>[0], codec: Parameters<typeof spice<V>>[1]) =>
  spice<V>(path, codec, { field: `spec.${path}` });

const tuning = (attribute: string, imported: ReturnType<typeof rule>): Child<Graphics> =>
  one({ attributes: { [attribute]: imported } });

const WAN = wordOf('auto', 'never', 'always');

type Mode = NonNullable<NonNullable<Graphics['spice']>['channels']>[number];
const mode = fieldOf<Mode>();

export const CHANNEL_MODES = wordOf('any', 'secure', 'insecure');

const channel: ElementTable<Mode> = {
  attributes: {
    name: mode('name', wordOf('main', 'display', 'inputs', 'cursor', 'playback', 'record', 'smartcard', 'usbredir'), {
      field: 'spec.name',
    }),
    mode: mode('mode', CHANNEL_MODES, { field: 'spec.mode' }),
  },
};

/** What tunes a SPICE display. Source: https://libvirt.org/formatdomain.html#graphical-framebuffers */
export const spiceTuning: Readonly<Record<string, Child<Graphics>>> = {
  image: tuning(
    'compression',
    rule('spice.imageCompression', wordOf('auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off')),
  ),
  jpeg: tuning('compression', rule('spice.jpegCompression', WAN)),
  zlib: tuning('compression', rule('spice.zlibCompression', WAN)),
  playback: tuning('compression', rule('spice.playbackCompression', onOff)),
  streaming: tuning('mode', rule('spice.streaming', wordOf('filter', 'all', 'off'))),
  clipboard: tuning('copypaste', rule('spice.clipboard', yesNo)),
  mouse: tuning('mode', rule('spice.mouse', wordOf('server', 'client'))),
  filetransfer: tuning('enable', rule('spice.fileTransfer', yesNo)),
  channel: ordered<Graphics, Mode>({
    at: '.spice.channels',
    list: ({ spice: said }) => said?.channels,
    begin: (item) => {
      item.spice = { ...item.spice, channels: item.spice?.channels ?? [] };
      return item.spice.channels as Mode[];
    },
    make: () => ({ name: 'main', mode: 'any' }),
    choice: () => channel,
    writes: () => channel,
  }),
  gl: one({ attributes: { enable: rule('spice.gl', yesNo), rendernode: rule('spice.renderNode', hostPath) } }),
};
