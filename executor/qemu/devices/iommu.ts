import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';

type Iommu = NonNullable<Board['spec']['iommu']>;

const onOff = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : value ? 'on' : 'off';

const MODELS = {
  intel: (_, iommu) =>
    device({
      driver: 'intel-iommu',
      id: 'iommu',
      intremap: onOff(iommu.interruptRemapping),
      'caching-mode': iommu.cachingMode,
      eim: onOff(iommu.extendedInterruptMode),
      'device-iotlb': iommu.deviceIotlb,
      'aw-bits': iommu.addressWidthBits,
      'dma-translation': iommu.dmaTranslation,
    }),
  amd: (_, iommu) =>
    device({
      driver: 'amd-iommu',
      id: 'iommu',
      intremap: onOff(iommu.interruptRemapping),
      pt: iommu.passthrough,
      xtsup: iommu.xtSupport,
      'device-iotlb': iommu.deviceIotlb,
    }),
  virtio: (board) => device({ driver: 'virtio-iommu', id: 'iommu', ...board.pci('iommu', 'board') }),
  smmuv3: () => {
    throw new Refusal('IommuModel', 'spec.iommu.model', 'smmuv3 is for ARM; use intel or virtio');
  },
} satisfies Record<Iommu['model'], (board: Board, iommu: Iommu) => string[]>;

/** Before the devices that it translates for. */
export const iommuArguments = (board: Board): string[] =>
  board.spec.iommu ? MODELS[board.spec.iommu.model](board, board.spec.iommu) : [];
