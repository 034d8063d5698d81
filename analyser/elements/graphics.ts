import { one } from '../table/children.ts';
import { fieldOf, ignored, refused, runtime, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import type { ItemDraft } from './draft.ts';
import { drawing, listenOf, openAttributes } from './graphics-listen.ts';
import { CHANNEL_MODES, spiceTuning } from './graphics-spice.ts';
import { deviceList } from './listed.ts';

type Graphics = ItemDraft<'graphics'>;
const graphic = fieldOf<Graphics>();
const rule = <V>(path: Parameters<typeof graphic<V>>[0], codec: Parameters<typeof graphic<V>>[1]) =>
  graphic<V>(path, codec, { field: `spec.${path}` });

const PASSWORD = 'a password in a machine can be read by everybody; let the display listen on a socket or on 127.0.0.1';
const password = refused(PASSWORD);

const portNumber = matching(/^(-1|0|[1-9][0-9]{0,4})$/, 'port');
const CHOSEN = 'the port is chosen when the machine starts';

/** A port that libvirt chooses is no property of the machine, even where a running one's is said. */
const isAutomatic = (node: XmlElement): boolean =>
  attributeOf(node, 'autoport') === 'yes' || ['-1', '0'].includes(attributeOf(node, 'port') ?? '');

/** Where libvirt puts sockets that nobody named. Source: qemuDomainDeviceGraphicsDefPostParse */
const isGenerated = (node: XmlElement): boolean =>
  attributeOf(node, 'socket')?.startsWith('/var/lib/libvirt/qemu/') ?? false;

const forgotten = { socket: ignored('libvirt had named the socket itself', hostPath) };

const port = (path: 'vnc.port' | 'spice.port' | 'spice.tlsPort') => rule(path, whole(1, 65535));

const secrets = {
  passwd: password,
  passwdValidTo: password,
  connected: password,
};

const sound = (path: 'vnc.audio' | 'dbus.audio'): Child<Graphics> => one({ attributes: { id: rule(path, whole(1)) } });

const webSocket = (automatic: boolean) =>
  automatic ? rule('vnc.webSocketAutoPort', words({ '-1': true })) : rule('vnc.webSocketPort', whole(1, 65535));

const vnc = (automatic: boolean, generated = false, webAutomatic = false): ElementTable<Graphics> => ({
  attributes: {
    type: selector('vnc', 'spec.vnc'),
    port: automatic ? ignored(CHOSEN, portNumber) : port('vnc.port'),
    autoport: rule('vnc.autoPort', yesNo),
    ...openAttributes('vnc'),
    ...(generated && forgotten),
    keymap: rule('vnc.keymap', text(64)),
    websocket: webSocket(webAutomatic),
    wait: same('clients do not wait', 'no'),
    sharePolicy: rule('vnc.sharePolicy', wordOf('allow-exclusive', 'force-shared', 'ignore')),
    powerControl: rule('vnc.powerControl', yesNo),
    ...secrets,
  },
  children: { listen: listenOf('vnc'), audio: sound('vnc.audio') },
});

const spice = (automatic: boolean): ElementTable<Graphics> => ({
  attributes: {
    type: selector('spice', 'spec.spice'),
    port: automatic ? ignored(CHOSEN, portNumber) : port('spice.port'),
    tlsPort: automatic ? ignored(CHOSEN, portNumber) : port('spice.tlsPort'),
    autoport: rule('spice.autoPort', yesNo),
    ...openAttributes('spice'),
    keymap: rule('spice.keymap', text(64)),
    defaultMode: rule('spice.defaultMode', CHANNEL_MODES),
    ...secrets,
  },
  children: { listen: listenOf('spice'), ...spiceTuning },
});

const dbus: ElementTable<Graphics> = {
  attributes: {
    type: selector('dbus', 'spec.dbus'),
    p2p: rule('dbus.peerToPeer', yesNo),
    address: rule('dbus.address', text(1024)),
    fromConfig: runtime('where a running machine’s display is'),
  },
  children: {
    gl: one({ attributes: { enable: rule('dbus.gl', yesNo), rendernode: rule('dbus.renderNode', hostPath) } }),
    audio: sound('dbus.audio'),
  },
};

const eglHeadless: ElementTable<Graphics> = {
  attributes: { type: selector('egl-headless', 'spec.eglHeadless') },
  children: { gl: drawing('eglHeadless') },
};

const WINDOW = 'a window on the screen of the node is not supported; use vnc';

type Choose = (automatic: boolean, generated?: boolean, webAutomatic?: boolean) => Choice<Graphics>;

const tables: Readonly<Record<string, Choose>> = {
  vnc,
  spice,
  dbus: () => dbus,
  'egl-headless': () => eglHeadless,
  sdl: () => ({ whole: refused(WINDOW) }),
  desktop: () => ({ whole: refused(WINDOW) }),
  rdp: () => ({ whole: refused('RDP is not supported; use vnc') }),
};

const MEMBERS: Readonly<Record<string, Partial<Graphics>>> = {
  vnc: { vnc: {} },
  spice: { spice: {} },
  dbus: { dbus: {} },
  'egl-headless': { eglHeadless: {} },
};

export const graphics = deviceList('graphics', {
  prefix: 'display',
  make: (node) => {
    const type = attributeOf(node, 'type') ?? '';
    return Object.hasOwn(MEMBERS, type) ? structuredClone(MEMBERS[type] ?? {}) : {};
  },
  table: (node) => {
    const choose = byAttribute<Choose>('type', tables)(node);
    if (typeof choose !== 'function') return choose;
    return choose(isAutomatic(node), isGenerated(node), attributeOf(node, 'websocket') === '-1');
  },
  writes: (item) => {
    if (item.spice) return spice(false);
    if (item.dbus) return dbus;
    return item.eglHeadless ? eglHeadless : vnc(false, false, item.vnc?.webSocketAutoPort);
  },
});
