import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { generation, virtioProperties } from './disk/details.ts';

export function balloonArguments(board: Board): string[] {
  const { enabled, deflateOnOom, freePageReporting, model, virtio } = board.spec.balloon;
  if (!enabled) return [];
  return device({
    driver: `virtio-balloon-pci${generation(model)}`,
    ...virtioProperties(virtio),
    id: 'balloon',
    ...(deflateOnOom && { 'deflate-on-oom': true }),
    ...(freePageReporting && { 'free-page-reporting': true }),
    ...board.pci('balloon', 'board'),
  });
}
