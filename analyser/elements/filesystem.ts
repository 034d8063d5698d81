import { alias, one } from '../table/children.ts';
import { fieldOf, ignored, refused, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { onOff, presence, wordOf, words } from '../values/words.ts';
import { childAttribute } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioModels, virtioRules } from './virtio.ts';

type Filesystem = ItemDraft<'filesystems'>;
const filesystem = fieldOf<Filesystem>();
const share = <V>(path: Parameters<typeof filesystem<V>>[0], codec: Parameters<typeof filesystem<V>>[1]) =>
  filesystem<V>(path, codec, { field: `spec.${path}` });

const DRIVERS = { path: '9p', virtiofs: 'virtiofs', mtp: 'mtp' } as const;

const mode = matching(/^[0-7]{1,4}$/, 'set of permissions such as 755');

const driver: ElementTable<Filesystem> = {
  attributes: {
    type: share('type', words(DRIVERS)),
    wrpolicy: share('writeOut', wordOf('immediate')),
    queue: share('queueSize', whole(1, 1024)),
    ...virtioRules<Filesystem>('virtio'),
  },
};

const binary: ElementTable<Filesystem> = {
  attributes: { path: ignored('never run; the node’s own is', hostPath), xattr: share('daemon.xattr', onOff) },
  children: {
    cache: one({ attributes: { mode: share('daemon.cache', wordOf('none', 'auto', 'always', 'never', 'metadata')) } }),
    sandbox: one({ attributes: { mode: share('daemon.sandbox', wordOf('namespace', 'chroot')) } }),
    lock: one({ attributes: { posix: share('daemon.posixLock', onOff), flock: share('daemon.flock', onOff) } }),
    thread_pool: one({ attributes: { size: share('daemon.threadPool', whole()) } }),
    openfiles: one({ attributes: { max: share('daemon.openFiles', whole()) } }),
  },
};

const table: ElementTable<Filesystem> = {
  attributes: {
    type: selector('mount', 'spec.path'),
    accessmode: share('accessMode', wordOf('passthrough', 'mapped', 'squash')),
    multidevs: share('multiDevices', wordOf('default', 'remap', 'forbid', 'warn')),
    model: share('model', virtioModels),
    fmode: share('fileMode', mode),
    dmode: share('directoryMode', mode),
  },
  children: {
    driver: one(driver),
    binary: one(binary),
    source: one({ attributes: { dir: share('path', hostPath), socket: share('socket', hostPath) } }),
    target: one({ attributes: { dir: share('tag', text(255)) } }),
    readonly: one({ present: share('readOnly', presence) }),
    boot: one({ attributes: { order: share('bootOrder', whole(1)) } }),
    alias,
    address: place<Filesystem>('address', 'pci', 'usb'),
  },
};

const containers = { whole: refused('only folders of the node can be shared; the other types are for containers') };

/** `<filesystem>`: without a driver it is 9p whose files have the owners that the guest gives them, as libvirt has it. */
export const filesystems = deviceList('filesystems', {
  prefix: 'share',
  make: (node) => (childAttribute(node, 'driver', 'type') === undefined ? { type: '9p' as const } : {}),
  table: byAttribute<Choice<Filesystem>>(
    'type',
    {
      mount: table,
      file: containers,
      block: containers,
      template: containers,
      ram: containers,
      bind: containers,
      volume: containers,
    },
    'mount',
  ),
  writes: () => table,
});
