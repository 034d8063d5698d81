import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import type { CompleteSpec } from '../defaults.ts';
import { object, option } from '../options.ts';

/** DIMM slots for memory that is plugged in while running. */
const MEMORY_SLOTS = 16;

const PAGE_BYTES = { '2Mi': 2 * 1024 ** 2, '1Gi': 1024 ** 3 } as const;

/** Where the host's default (private, anonymous) will not do. With NUMA each cell has a backend of its own. */
export function memoryBackend(spec: CompleteSpec): string | undefined {
  const { hugepages, backing } = spec.memory;
  const special = hugepages !== undefined || (backing && (backing.source !== 'Anonymous' || backing.shared));
  return special && spec.numa.length === 0 ? 'memory' : undefined;
}

/** Properties of a backend object of `bytes`, after what `spec.memory` says of hugepages and backing. */
export function backendObject(spec: CompleteSpec, id: string, bytes: bigint, extra: object = {}): string[] {
  const { hugepages, backing } = spec.memory;
  const memfd = hugepages !== undefined || (backing !== undefined && backing.source !== 'Anonymous');
  return object({
    'qom-type': memfd ? 'memory-backend-memfd' : 'memory-backend-ram',
    id,
    size: Number(bytes),
    ...(backing?.shared && { share: true }),
    ...(hugepages && { hugetlb: true, hugetlbsize: PAGE_BYTES[hugepages.pageSize] }),
    ...extra,
  });
}

export function memoryArguments({ spec }: Board): string[] {
  const { size, max, backing } = spec.memory;
  const bytes = parseSize(size);
  const grows = max !== undefined && parseSize(max) > bytes;
  const limits = grows ? { slots: MEMORY_SLOTS, maxmem: `${parseSize(max)}B` } : {};
  return [
    '-m',
    option(`${bytes}B`, limits),
    ...(memoryBackend(spec) ? backendObject(spec, 'memory', bytes) : []),
    ...(backing?.locked ? ['-overcommit', 'mem-lock=on'] : []),
  ];
}
