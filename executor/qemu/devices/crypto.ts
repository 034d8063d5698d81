import type { Board } from '../board.ts';
import { device, object } from '../options.ts';
import { virtioProperties } from './disk/details.ts';

export const cryptoArguments = (board: Board): string[] =>
  board.spec.cryptos.flatMap(({ name, backend, queues, virtio }) => {
    const id = `crypto-${name}`;
    return [
      ...object({ 'qom-type': `cryptodev-backend-${backend}`, id: `${id}-backend`, queues }),
      ...device({
        driver: 'virtio-crypto-pci',
        ...virtioProperties(virtio),
        id,
        cryptodev: `${id}-backend`,
        ...board.pci(id, 'board'),
      }),
    ];
  });
