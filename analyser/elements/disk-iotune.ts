import { LIMITS, type Limit } from '../../schemas/kinds/machine/iotune.ts';
import { aside, one } from '../table/children.ts';
import { field, refused } from '../table/rule.ts';
import type { Child } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import type { DiskDraft } from './draft.ts';

/** libvirt's words for what is limited. */
const WORDS = {
  totalBytesPerSecond: 'total_bytes_sec',
  readBytesPerSecond: 'read_bytes_sec',
  writeBytesPerSecond: 'write_bytes_sec',
  totalIops: 'total_iops_sec',
  readIops: 'read_iops_sec',
  writeIops: 'write_iops_sec',
} satisfies Record<Limit, string>;

const limit = (member: string, min = 0): Child<DiskDraft> =>
  one({
    text: field<DiskDraft, number>(`spec.iotune.${member}` as never, whole(min), { field: `spec.iotune.${member}` }),
  });

const limits = LIMITS.flatMap((name) => {
  const word = WORDS[name];
  return [
    [word, limit(name)],
    [`${word}_max`, limit(`${name}Max`)],
    [`${word}_max_length`, limit(`${name}MaxLengthSeconds`, 1)],
  ] as const;
});

/** Limits by the element that sets them. Source: https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms */
export const iotune = one<DiskDraft>({
  children: {
    ...Object.fromEntries(limits),
    size_iops_sec: limit('iopsSizeBytes'),
    group_name: aside({ whole: refused('limits that several disks share are not supported; limit each disk') }),
  },
});
