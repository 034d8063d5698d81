import { one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, same } from '../table/rule.ts';
import { within } from '../table/scoped.ts';
import type { Reading } from '../table/seen.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { iothreadName } from '../values/iothreads.ts';
import { whole } from '../values/numbers.ts';
import { onOff, wordOf } from '../values/words.ts';
import type { XmlElement } from '../xml/infoset.ts';
import { metadataCache } from './disk-layer.ts';
import type { DiskDraft, LayerDraft } from './draft.ts';
import { virtioRules } from './virtio.ts';

const disk = fieldOf<DiskDraft>();

type QueueThread = NonNullable<DiskDraft['spec']['iothreads']>[number];
interface Queue {
  id?: number;
}
const thread = fieldOf<QueueThread>();

/** A queue is an item by its number alone: the list of the spec holds numbers, not objects. */
const queues = {
  repeated: true,
  read: (node, scope, reading) => {
    const item: Queue = {};
    const seen = readQueue(node, item, reading);
    scope.queues = [...(scope.queues ?? []), item.id ?? 0];
    seen.item = String(scope.queues.length - 1);
    return seen;
  },
  write: (name, { queues: list = [] }) => list.flatMap((id, index) => writeElement(name, queue, { id }, String(index))),
} satisfies Child<QueueThread>;

const queue: ElementTable<Queue> = {
  attributes: { id: fieldOf<Queue>()('id', whole(0, 1023), { field: 'spec.queues' }) },
};
const readQueue = (node: XmlElement, item: Queue, reading: Reading) => readElement(node, queue, item, reading);

/** A thread that serves some queues of a disk, or of a controller. */
export const queueThread: ElementTable<QueueThread> = {
  attributes: { id: thread('name', iothreadName, { field: 'spec.name' }) },
  children: { queue: queues },
};

const iothreads = one<DiskDraft>({
  children: {
    iothread: ordered<DiskDraft, QueueThread>({
      at: '.iothreads',
      list: ({ spec }) => spec.iothreads,
      begin: ({ spec }) => {
        spec.iothreads ??= [];
        return spec.iothreads;
      },
      make: () => ({ name: '' }),
      choice: () => queueThread,
      writes: () => queueThread,
    }),
  },
});

const POLICY = ['stop', 'report', 'ignore'] as const;

/** `<driver>` of a disk. @param format rule of its `type` */
export const driver = (format: ElementTable<DiskDraft>['attributes']): ElementTable<DiskDraft> => ({
  attributes: {
    ...format,
    name: same('qemu is the only driver', 'qemu'),
    cache: disk('spec.cache', wordOf('none', 'writeback', 'writethrough', 'directsync', 'unsafe'), {
      unless: same('as qemu does it', 'default'),
    }),
    io: disk('spec.io', wordOf('threads', 'native', 'io_uring')),
    discard: disk('spec.discard', wordOf('unmap', 'ignore')),
    detect_zeroes: disk('spec.detectZeroes', wordOf('off', 'on', 'unmap')),
    copy_on_read: disk('spec.copyOnRead', onOff),
    error_policy: disk('spec.errorPolicy', wordOf(...POLICY, 'enospace')),
    rerror_policy: disk('spec.readErrorPolicy', wordOf(...POLICY)),
    ioeventfd: disk('spec.ioEventFd', onOff),
    event_idx: disk('spec.eventIndex', onOff),
    iothread: disk('spec.iothread', iothreadName),
    queues: disk('spec.queues', whole(1, 1024)),
    queue_size: disk('spec.queueSize', whole(2, 1024)),
    discard_no_unref: disk('spec.discardNoUnref', onOff),
    ...virtioRules<DiskDraft>('spec.virtio'),
  },
  children: {
    iothreads,
    metadata_cache: within<DiskDraft, LayerDraft>(({ source }) => source, metadataCache),
  },
});
