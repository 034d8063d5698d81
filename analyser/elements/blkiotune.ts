import { one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath } from '../values/texts.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';

type Device = NonNullable<NonNullable<SpecDraft['tuning']>['ioDevices']>[number];

const device = fieldOf<Device>();

const rate = (name: 'readBytesPerSecond' | 'writeBytesPerSecond' | 'readIops' | 'writeIops') =>
  one<Device>({ text: device(name, whole(), { field: `spec.${name}` }) });

const table: ElementTable<Device> = {
  children: {
    path: one({ text: device('path', hostPath, { field: 'spec.path' }) }),
    weight: one({ text: device('weight', whole(0, 1000), { field: 'spec.weight' }) }),
    read_iops_sec: rate('readIops'),
    write_iops_sec: rate('writeIops'),
    read_bytes_sec: rate('readBytesPerSecond'),
    write_bytes_sec: rate('writeBytesPerSecond'),
  },
};

/** Source: https://libvirt.org/formatdomain.html#block-i-o-tuning */
export const blkiotune = one<DomainDraft>({
  children: {
    weight: one({ text: machine('spec.tuning.ioWeight', whole(10, 1000)) }),
    device: ordered<DomainDraft, Device>({
      at: '.tuning.ioDevices',
      list: ({ spec }) => spec.tuning?.ioDevices,
      begin: ({ spec }) => {
        spec.tuning ??= {};
        spec.tuning.ioDevices ??= [];
        return spec.tuning.ioDevices;
      },
      make: () => ({ path: '' }),
      choice: () => table,
      writes: () => table,
    }),
  },
});
