import { one } from '../table/children.ts';
import { fieldOf } from '../table/rule.ts';
import { whole } from '../values/numbers.ts';
import type { DiskDraft } from './draft.ts';

const disk = fieldOf<DiskDraft>();

/** Limits by the element that sets them; bursts (`…_max`) are refused. */
export const iotune = one<DiskDraft>({
  children: {
    total_bytes_sec: one({ text: disk('spec.iotune.totalBytesPerSecond', whole()) }),
    read_bytes_sec: one({ text: disk('spec.iotune.readBytesPerSecond', whole()) }),
    write_bytes_sec: one({ text: disk('spec.iotune.writeBytesPerSecond', whole()) }),
    total_iops_sec: one({ text: disk('spec.iotune.totalIops', whole()) }),
    read_iops_sec: one({ text: disk('spec.iotune.readIops', whole()) }),
    write_iops_sec: one({ text: disk('spec.iotune.writeIops', whole()) }),
  },
});
