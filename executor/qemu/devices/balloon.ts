import type { Board } from '../board.ts';
import { device } from '../options.ts';

export function balloonArguments(board: Board): string[] {
  const { enabled, deflateOnOom, freePageReporting } = board.spec.balloon;
  if (!enabled) return [];
  return device({
    driver: 'virtio-balloon-pci',
    id: 'balloon',
    'deflate-on-oom': deflateOnOom,
    'free-page-reporting': freePageReporting,
    ...board.pci('balloon', 'board'),
  });
}
