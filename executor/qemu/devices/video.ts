import type { Board } from '../board.ts';
import { device, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import type { PciPlace } from '../slots.ts';
import { virtioProperties } from './disk/details.ts';

type Video = Board['spec']['video'][number];

/** The first card is the one with the VGA registers; the others must be without. */
const CARDS = {
  vga: ['VGA', 'secondary-vga'],
  virtio: ['virtio-vga', 'virtio-gpu-pci'],
  qxl: ['qxl-vga', 'qxl'],
  cirrus: ['cirrus-vga', 'secondary-vga'],
  bochs: ['bochs-display', 'bochs-display'],
  ramfb: ['ramfb', 'ramfb'],
  vmvga: ['vmware-svga', 'vmware-svga'],
} satisfies Record<Video['model'], readonly [string, string]>;

function driverOf({ model, backend, accel3d }: Video, index: number): string {
  const driver = CARDS[model][index === 0 ? 0 : 1];
  if (model !== 'virtio') return driver;
  if (backend === 'vhostUser') return index === 0 ? 'vhost-user-vga' : 'vhost-user-gpu-pci';
  return accel3d ? driver.replace(/-pci$/, '-gl-pci').replace(/^virtio-vga$/, 'virtio-vga-gl') : driver;
}

const KIB = 1024;
const mib = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : Math.floor(kib / KIB));
const bytes = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : kib * KIB);

const size = ({ resolution }: Video): object => (resolution ? { xres: resolution.x, yres: resolution.y } : {});

type Properties = (video: Video) => object;

/** What each card is told of its memory and screens. Source: qemuBuildDeviceVideoCmd of libvirt */
const PROPERTIES = {
  vga: (video) => ({ vgamem_mb: mib(video.vramKib), ...size(video) }),
  vmvga: ({ vramKib }) => ({ vgamem_mb: mib(vramKib) }),
  cirrus: () => ({}),
  qxl: (video) => ({
    max_outputs: video.heads,
    ram_size: bytes(video.ramKib),
    vram_size: bytes(video.vramKib),
    vram64_size_mb: mib(video.vram64Kib),
    vgamem_mb: mib(video.vgaMemKib),
    ...size(video),
  }),
  virtio: (video) => ({
    ...virtioProperties(video.virtio),
    max_outputs: video.heads,
    blob: video.blob,
    ...size(video),
  }),
  bochs: (video) => ({ vgamem: bytes(video.vramKib), ...size(video) }),
  ramfb: () => ({}),
} satisfies Record<Video['model'], Properties>;

const placeOf = (board: Board, { name, model }: Video): Partial<PciPlace> =>
  model === 'ramfb' ? {} : board.pci(`video-${name}`, 'board');

/** Socket of the program that draws for a card. */
export const videoSocket = (runDir: string, index: number): string => `${runDir}/video${index}.sock`;

function drawer(board: Board, { backend, name }: Video, index: number): string[] {
  if (backend !== 'vhostUser') return [];
  if (!board.input.host.vhostUserGpu) {
    throw new Refusal(
      'VhostUserGpuUnavailable',
      `spec.video[${name}].backend`,
      'this node has no vhost-user-gpu; use qemu',
    );
  }
  return ['-chardev', option('socket', { id: `video${index}`, path: videoSocket(board.input.runDir, index) })];
}

export const videoArguments = (board: Board): string[] =>
  board.spec.video.flatMap((video, index) => [
    ...drawer(board, video, index),
    ...device({
      driver: driverOf(video, index),
      id: `video-${video.name}`,
      ...PROPERTIES[video.model](video),
      ...(video.edid !== undefined && { edid: video.edid }),
      ...(video.backend === 'vhostUser' && { chardev: `video${index}` }),
      ...placeOf(board, video),
    }),
  ]);
