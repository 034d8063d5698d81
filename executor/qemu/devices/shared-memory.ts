import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { device, object, option } from '../options.ts';
import { Refusal } from '../refusal.ts';

type SharedMemory = Board['spec']['sharedMemories'][number];

const roleOf = ({ role }: SharedMemory): object => (role ? { master: role === 'master' } : {});

const TYPES = {
  plain: (board, memory, id) => {
    if (memory.size === undefined) {
      throw new Refusal('SharedMemory', `spec.sharedMemories[${memory.name}].size`, 'say how large it is');
    }
    return [
      ...object({
        'qom-type': 'memory-backend-file',
        id: `${id}-memory`,
        'mem-path': `/dev/shm/${memory.segment}`,
        size: Number(parseSize(memory.size)),
        share: true,
      }),
      ...device({ driver: 'ivshmem-plain', id, memdev: `${id}-memory`, ...roleOf(memory), ...board.pci(id, 'board') }),
    ];
  },
  doorbell: (board, memory, id) => [
    ...[
      '-chardev',
      option('socket', { id: `${id}-char`, path: memory.server ?? `/var/lib/libvirt/shmem-${memory.segment}-sock` }),
    ],
    ...device({
      driver: 'ivshmem-doorbell',
      id,
      chardev: `${id}-char`,
      vectors: memory.vectors,
      ioeventfd: memory.ioEventFd,
      ...roleOf(memory),
      ...board.pci(id, 'board'),
    }),
  ],
} satisfies Record<SharedMemory['type'], (board: Board, memory: SharedMemory, id: string) => string[]>;

export const sharedMemoryArguments = (board: Board): string[] =>
  board.spec.sharedMemories.flatMap((memory) => TYPES[memory.type](board, memory, `shm-${memory.name}`));
