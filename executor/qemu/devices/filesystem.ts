import type { Board } from '../board.ts';
import { device, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { shareSocket } from '../sockets.ts';
import { bootIndexes } from './boot.ts';
import { generation, virtioProperties } from './disk/details.ts';
import { usbPlace } from './usb.ts';

export type Filesystem = Board['spec']['filesystems'][number];

/** Of a mode in octal. */
const MODE_DIGITS = 4;

/** 9p's ways with owners; passthrough needs a qemu that is root. */
const SECURITY = { passthrough: 'passthrough', mapped: 'mapped', squash: 'none' } as const;

const refuse = (reason: string, { name }: Filesystem, member: string, message: string): never => {
  throw new Refusal(reason, `spec.filesystems[${name}].${member}`, message);
};

const folder = (share: Filesystem): string => share.path ?? refuse('FolderMissing', share, 'path', 'say which folder');

function ninePee(board: Board, share: Filesystem, id: string): string[] {
  const { accessMode, multiDevices, fileMode, directoryMode, writeOut, readOnly, tag, model, virtio } = share;
  return [
    '-fsdev',
    option('local', {
      security_model: SECURITY[accessMode ?? 'mapped'],
      multidevs: multiDevices === 'default' ? undefined : multiDevices,
      id: `${id}-files`,
      path: folder(share),
      writeout: writeOut,
      fmode: fileMode?.padStart(MODE_DIGITS, '0'),
      dmode: directoryMode?.padStart(MODE_DIGITS, '0'),
      readonly: readOnly ? 'on' : undefined,
    }),
    ...device({
      driver: `virtio-9p-pci${generation(model)}`,
      ...virtioProperties(virtio),
      id,
      fsdev: `${id}-files`,
      mount_tag: tag,
      ...board.pci(id, 'port'),
    }),
  ];
}

/** Whether another process can see all of the memory: that of memfd is so unless somebody says otherwise. */
function isShared({ spec: { memory, numa } }: Board): boolean {
  const all = memory.backing?.shared ?? memory.backing?.source === 'Memfd';
  return numa.length === 0 ? all : numa.every(({ shared }) => shared ?? all);
}

/** The share is served by a process of its own, virtiofsd, which sees the guest's memory: that must be shared. */
function virtioFs(board: Board, share: Filesystem, id: string): string[] {
  if (share.socket === undefined && !board.input.host.virtiofsd) {
    refuse('VirtiofsUnavailable', share, 'type', 'this node has no virtiofsd; install it, or use 9p');
  }
  if (!isShared(board)) {
    refuse(
      'MemoryNotShared',
      share,
      'type',
      'virtiofs reaches into the memory of the guest; set spec.memory.backing.shared to true',
    );
  }
  const index = board.spec.filesystems.indexOf(share);
  const bootindex = bootIndexes(board.spec).get(`share/${share.name}`);
  return [
    ...[
      '-chardev',
      option('socket', { id: `${id}-char`, path: share.socket ?? shareSocket(board.input.runDir, index) }),
    ],
    ...device({
      driver: 'vhost-user-fs-pci',
      id,
      chardev: `${id}-char`,
      'queue-size': share.queueSize,
      tag: share.tag,
      ...virtioProperties(share.virtio),
      ...(bootindex && { bootindex }),
      ...board.pci(id, 'port'),
    }),
  ];
}

const SHARES = {
  '9p': ninePee,
  virtiofs: virtioFs,
  mtp: (board, share, id) =>
    device({
      driver: 'usb-mtp',
      id,
      rootdir: folder(share),
      desc: share.tag,
      readonly: share.readOnly,
      ...usbPlace(board, id),
    }),
} satisfies Record<Filesystem['type'], (board: Board, share: Filesystem, id: string) => string[]>;

export const filesystemArguments = (board: Board): string[] =>
  board.spec.filesystems.flatMap((share) => SHARES[share.type](board, share, `fs-${share.name}`));
