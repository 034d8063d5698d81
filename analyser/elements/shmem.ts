import { formatSize, parseSize } from '../../schemas/types/size.ts';
import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, refused } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { hostPath, text } from '../values/texts.ts';
import { onOff, wordOf, words } from '../values/words.ts';
import { childAttribute } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type SharedMemory = ItemDraft<'sharedMemories'>;
const memory = fieldOf<SharedMemory>();

interface Size {
  amount?: number;
  unit?: string;
}
const sizeRule = fieldOf<Size>();

const size: ElementTable<Size> = {
  attributes: { unit: sizeRule('unit', memoryUnit, { field: 'spec.size', canonical: true }) },
  text: sizeRule('amount', whole(1), { field: 'spec.size', canonical: true }),
};

const MIB = 1024n * 1024n;

/** Bytes where no unit is said, unlike with other memory. Written in MiB, as libvirt does. */
const sizeOf: Child<SharedMemory> = {
  repeated: false,
  read: (node, scope, reading) => {
    const said: Size = {};
    const seen = readElement(node, size, said, reading);
    if (said.amount !== undefined) scope.size = formatSize(bytesOf(said.amount, said.unit ?? 'b'));
    return seen;
  },
  write: (name, { size: said }) => {
    if (said === undefined) return [];
    const bytes = parseSize(said);
    const written =
      bytes % MIB === 0n ? { amount: Number(bytes / MIB), unit: 'M' } : { amount: Number(bytes), unit: 'b' };
    return writeElement(name, size, written);
  },
};

const MODELS = { 'ivshmem-plain': 'plain', 'ivshmem-doorbell': 'doorbell' } as const;

const type = memory('type', words(MODELS), { field: 'spec.type' });

const table: ElementTable<SharedMemory> = {
  attributes: {
    name: memory('segment', text(255), { field: 'spec.segment' }),
    role: memory('role', wordOf('master', 'peer'), { field: 'spec.role' }),
  },
  children: {
    model: one({ attributes: { type } }),
    size: sizeOf,
    server: one({ attributes: { path: memory('server', hostPath, { field: 'spec.server' }) } }),
    msi: one({
      attributes: {
        enabled: { outcome: 'default', values: ['on'], reason: 'interrupts are what a doorbell is' },
        vectors: memory('vectors', whole(1, 65535), { field: 'spec.vectors' }),
        ioeventfd: memory('ioEventFd', onOff, { field: 'spec.ioEventFd' }),
      },
    }),
    alias,
    address: place<SharedMemory>('address', 'pci'),
  },
};

const LEGACY = 'qemu no longer has the model ivshmem; use ivshmem-plain or ivshmem-doorbell';

export const sharedMemories = deviceList('sharedMemories', {
  prefix: 'shmem',
  table: (node) =>
    Object.hasOwn(MODELS, childAttribute(node, 'model', 'type') ?? '') ? table : { whole: refused(LEGACY) },
  writes: () => table,
});
