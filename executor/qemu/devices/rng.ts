import type { Board } from '../board.ts';
import { device, object } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { chardevArguments } from './character.ts';
import { generation, virtioProperties } from './disk/details.ts';

type Rng = Board['spec']['rng'][number];

/** Milliseconds over which qemu counts `max-bytes`. */
const PERIOD_MS = 1000;

function backend({ name, source, backend: daemon }: Rng, id: string): string[] {
  if (source === 'Builtin') return object({ 'qom-type': 'rng-builtin', id });
  if (source !== 'EGD') return object({ 'qom-type': 'rng-random', id, filename: source });
  if (!daemon)
    throw new Refusal('RngBackend', `spec.rng[${name}].backend`, 'say where the entropy gathering daemon is');
  const chardev = `${id}-daemon`;
  return [...chardevArguments(chardev, { backend: daemon }), ...object({ 'qom-type': 'rng-egd', id, chardev })];
}

export const rngArguments = (board: Board): string[] =>
  board.spec.rng.flatMap((rng) => {
    const { name, maxBytesPerSecond, periodMilliseconds = PERIOD_MS, model, virtio } = rng;
    const id = `rng-${name}`;
    const limit = maxBytesPerSecond ? { 'max-bytes': maxBytesPerSecond, period: periodMilliseconds } : {};
    return [
      ...backend(rng, `${id}-source`),
      ...device({
        driver: `virtio-rng-pci${generation(model)}`,
        id,
        rng: `${id}-source`,
        ...limit,
        ...virtioProperties(virtio),
        ...board.pci(id, 'board'),
      }),
    ];
  });
