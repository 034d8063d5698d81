import type { DomainDraft, SpecDraft } from '../elements/draft.ts';

type Item<K extends keyof SpecDraft> = NonNullable<SpecDraft[K]> extends readonly (infer I)[] ? I : never;

/** A VNC display that says nowhere to listen is on the first free TCP port of the host itself; one of SPICE is nowhere. */
function withPort(graphic: Item<'graphics'>): Item<'graphics'> {
  const said = graphic.vnc ?? graphic.spice;
  const placed =
    !said ||
    said.port !== undefined ||
    said.autoPort === true ||
    (graphic.vnc !== undefined && said.autoPort !== undefined) ||
    said.socket !== undefined ||
    graphic.spice?.closed === true ||
    graphic.spice?.tlsPort !== undefined;
  if (placed) return graphic;
  if (graphic.vnc) return { ...graphic, vnc: { ...graphic.vnc, autoPort: true } };
  return { ...graphic, spice: { ...graphic.spice, closed: true } };
}

/** KiB that cards have where the XML says nothing. Source: virDomainVideoDefaultRAM, qemuDomainDeviceVideoDefPostParse */
const MEMORY = {
  qxl: { heads: 1, ramKib: 65536, vramKib: 65536, vram64Kib: 0, vgaMemKib: 16384 },
  vga: { vramKib: 16384 },
  vmvga: { vramKib: 16384 },
  virtio: { heads: 1 },
  bochs: { vramKib: 16384 },
} as const;

const withMemory = (card: Item<'video'>): Item<'video'> => ({
  ...(Object.hasOwn(MEMORY, card.model ?? '') ? MEMORY[card.model as keyof typeof MEMORY] : {}),
  ...card,
});

const hasScreen = ({ graphics = [] }: SpecDraft): boolean => graphics.length > 0;

/** libvirt's card on x86 where there is a display and no card. Source: qemuDomainDefaultVideoDevice */
const DEFAULT_CARD: Item<'video'> = { name: 'video0', model: 'cirrus' };

/** Sound that nobody named goes to the SPICE client, or nowhere. Source: qemuDomainDefAddDefaultAudioBackend */
const defaultAudio = ({ graphics = [] }: SpecDraft): Item<'audios'> => ({
  name: 'audio0',
  id: 1,
  driver: graphics.some(({ spice }) => spice) ? 'spice' : 'none',
});

/** Source: qemuDomainDefaultSoundStreams */
const VIRTIO_STREAMS = 2;

/** Ports without a number have the next one after all that are said. Source: qemuDomainChrDefPostParse */
function numbered(serials: readonly Item<'serials'>[]): Item<'serials'>[] {
  const said = serials.flatMap(({ port }) => port ?? []);
  return serials.map((serial) => {
    if (serial.port !== undefined) return serial;
    const port = Math.max(-1, ...said) + 1;
    said.push(port);
    return { ...serial, port };
  });
}

/** Says of devices what libvirt takes where the XML is silent and our own default is another. */
export function sayAbsentOfDevices({ spec }: DomainDraft): void {
  if (spec.graphics) spec.graphics = spec.graphics.map(withPort);
  if (hasScreen(spec) && !spec.video) spec.video = [DEFAULT_CARD];
  spec.video = (spec.video ?? []).map(withMemory);
  const sounds = hasScreen(spec) || (spec.sound ?? []).length > 0;
  if (!spec.audios && sounds) spec.audios = [defaultAudio(spec)];
  if (spec.sound) {
    spec.sound = spec.sound.map((card) => (card.model === 'virtio' ? { streams: VIRTIO_STREAMS, ...card } : card));
  }
  if (spec.serials) spec.serials = numbered(spec.serials);
  if (spec.filesystems) {
    spec.filesystems = spec.filesystems.map((share) =>
      share.type === '9p' ? { accessMode: 'passthrough', ...share } : share,
    );
  }
  if (spec.hostDevices) {
    spec.hostDevices = spec.hostDevices.map((host) =>
      host.pci ? { ...host, pci: { managed: false, ...host.pci } } : host,
    );
  }
}
