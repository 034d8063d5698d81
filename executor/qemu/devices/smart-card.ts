import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { chardevArguments } from './character.ts';
import { servingController } from './controller.ts';

type SmartCard = Board['spec']['smartCards'][number];

const DATABASE = '/etc/pki/nssdb';

function card(smartCard: SmartCard, bus: string): string[] {
  const { name, host, certificates, passthrough } = smartCard;
  const id = `smart-card-${name}`;
  if (host) return device({ driver: 'ccid-card-emulated', backend: 'nss-emulated', id, bus });
  if (certificates) {
    const [cert1, cert2, cert3] = certificates.names;
    const db = certificates.database ?? DATABASE;
    return device({ driver: 'ccid-card-emulated', backend: 'certificates', cert1, cert2, cert3, db, id, bus });
  }
  return [
    ...chardevArguments(`${id}-char`, {
      backend: passthrough ?? { null: {} },
      spiceName: 'smartcard',
      dbusName: 'org.qemu.smartcard',
    }),
    ...device({ driver: 'ccid-card-passthru', chardev: `${id}-char`, id, bus }),
  ];
}

/** Cards are in readers, which are USB devices. */
export const smartCardArguments = (board: Board): string[] =>
  board.spec.smartCards.flatMap((smartCard) =>
    card(smartCard, `${servingController(board, 'ccid', smartCard.address?.ccid?.controller)}.0`),
  );
