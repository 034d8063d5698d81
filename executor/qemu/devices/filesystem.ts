import type { Board } from '../board.ts';
import { device, option } from '../options.ts';
import { Refusal } from '../refusal.ts';

type Filesystem = Board['spec']['filesystems'][number];

const SHARES = {
  '9p': (board, { name, path, tag, readOnly }) => {
    const id = `fs-${name}`;
    return [
      '-fsdev',
      option('local', { id, path, security_model: 'mapped-xattr', readonly: readOnly ? 'on' : undefined }),
      ...device({ driver: 'virtio-9p-pci', id: `${id}-device`, fsdev: id, mount_tag: tag, ...board.pci(id, 'port') }),
    ];
  },
  virtiofs: (_board, { name }) => {
    const field = `spec.filesystems[${name}].type`;
    throw new Refusal('VirtiofsUnavailable', field, 'this version runs no virtiofsd; use 9p');
  },
} satisfies Record<Filesystem['type'], (board: Board, share: Filesystem) => string[]>;

export const filesystemArguments = (board: Board): string[] =>
  board.spec.filesystems.flatMap((share) => SHARES[share.type](board, share));
