import type { Board } from '../board.ts';
import { device, object } from '../options.ts';

/** Milliseconds over which qemu counts `max-bytes`. */
const PERIOD_MS = 1000;

export const rngArguments = (board: Board): string[] =>
  board.spec.rng.flatMap(({ name, source, maxBytesPerSecond }) => {
    const id = `rng-${name}`;
    const backend = `${id}-source`;
    const limit = maxBytesPerSecond ? { 'max-bytes': maxBytesPerSecond, period: PERIOD_MS } : {};
    return [
      ...(source === 'Builtin'
        ? object({ 'qom-type': 'rng-builtin', id: backend })
        : object({ 'qom-type': 'rng-random', id: backend, filename: source })),
      ...device({ driver: 'virtio-rng-pci', id, rng: backend, ...limit, ...board.pci(id, 'board') }),
    ];
  });
