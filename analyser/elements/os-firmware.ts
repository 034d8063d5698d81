import { chosen, keyed, one } from '../table/children.ts';
import { setPath } from '../table/path.ts';
import { ignored, refused, same } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { signed } from '../values/numbers.ts';
import { hostPath } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const features: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  'secure-boot': { attributes: { enabled: machine('spec.machine.firmware.uefi.secureBoot', yesNo) } },
  'enrolled-keys': { attributes: { enabled: machine('spec.machine.firmware.uefi.enrolledKeys', yesNo) } },
};

/** What `<os firmware='efi'>` asks of the firmware that libvirt looks for. */
export const firmware = one<DomainDraft>({ children: { feature: keyed('name', features) } });

const FOUND = same('the one that the node has', '');

const format = wordOf('raw', 'qcow2');

const OWN_COPY = words({ no: true });

const flashed = (writable: boolean): ElementTable<DomainDraft> => ({
  attributes: {
    readonly: writable
      ? machine('spec.machine.firmware.uefi.loader.writable', OWN_COPY)
      : same('the firmware is never written', 'yes'),
    type: machine('libvirt.loader.type', wordOf('pflash', 'rom'), { field: 'spec.machine.firmware' }),
    secure: machine('spec.machine.firmware.uefi.loader.secure', yesNo),
    stateless: machine('spec.machine.firmware.uefi.stateless', yesNo),
    format: machine('spec.machine.firmware.uefi.loader.format', format),
  },
  text: machine('libvirt.loader.path', hostPath, {
    field: 'spec.machine.firmware.uefi.loader.path',
    unless: FOUND,
  }),
});

const flash = flashed(false);
const writableFlash = flashed(true);

const rom: ElementTable<DomainDraft> = {
  attributes: {
    readonly: same('a ROM is never written', 'yes', 'no'),
    type: machine('libvirt.loader.type', wordOf('pflash', 'rom'), { field: 'spec.machine.firmware' }),
    secure: same('a BIOS has no variables', 'no'),
  },
  text: machine('libvirt.loader.path', hostPath, {
    field: 'spec.machine.firmware.bios.file',
    unless: FOUND,
  }),
};

const isLooked = (node: XmlElement): boolean =>
  (node.parent && attributeOf(node.parent, 'firmware') === 'efi') ?? false;

/** Firmware in flash memory is UEFI; any other is a BIOS, unless libvirt is asked to look for one. */
const choose = (node: XmlElement): Choice<DomainDraft> => {
  if (attributeOf(node, 'type') !== 'pflash' && !isLooked(node)) return rom;
  return attributeOf(node, 'readonly') === 'no' ? writableFlash : flash;
};

/** Where distributions keep firmware, of which libvirt knows that it is not written to. */
const SHARED = '/usr/share/';

/** One chip with all, which libvirt takes for written to unless something says that it is not. Source: qemuFirmwareFillDomain */
const isOneChip = (node: XmlElement): boolean =>
  attributeOf(node, 'type') === 'pflash' &&
  !isLooked(node) &&
  attributeOf(node, 'readonly') === undefined &&
  !textOf(node).startsWith(SHARED) &&
  (node.parent === undefined || childOf(node.parent, 'nvram') === undefined);

const written = chosen<DomainDraft>(choose, ({ spec, libvirt }) => {
  const { uefi } = spec.machine?.firmware ?? {};
  if (uefi) return uefi.loader?.writable ? writableFlash : flash;
  return libvirt.loader === undefined ? undefined : rom;
});

export const loader: Child<DomainDraft> = {
  ...written,
  read: (node, draft, reading) => {
    if (isOneChip(node)) setPath(draft, 'spec.machine.firmware.uefi.loader.writable', true);
    return written.read(node, draft, reading);
  },
};

const source = one<DomainDraft>({
  attributes: { file: machine('spec.machine.firmware.uefi.variables.source', hostPath) },
});

const attributes = {
  template: machine('spec.machine.firmware.uefi.variables.template', hostPath),
  templateFormat: ignored('as the template itself says', format),
  format: machine('spec.machine.firmware.uefi.variables.format', format),
} satisfies ElementTable<DomainDraft>['attributes'];

const inElement: ElementTable<DomainDraft> = {
  attributes: { ...attributes, type: same('a file', 'file') },
  children: { source },
};

const inText: ElementTable<DomainDraft> = {
  attributes: { ...attributes, type: same('a file', 'file') },
  text: machine('spec.machine.firmware.uefi.variables.source', hostPath, { unless: same('made from a template', '') }),
};

const nvrams = (node: XmlElement): Choice<DomainDraft> => {
  const type = attributeOf(node, 'type') ?? 'file';
  if (type !== 'file') return { whole: refused('variables that are no file are not supported; name a file to copy') };
  return textOf(node).trim() === '' && node.content.length > 0 ? inElement : inText;
};

const form = chosen<DomainDraft>(nvrams, ({ libvirt }) => (libvirt.nvramSource ? inElement : inText));

/** libvirt writes the file in two ways; which one it was is remembered beside the machine. */
const store: Child<DomainDraft> = {
  ...form,
  read: (node, draft, reading) => {
    if (nvrams(node) === inElement) draft.libvirt.nvramSource = true;
    return form.read(node, draft, reading);
  },
};

/** The store is copied at the first start; the original is not touched. */
export const nvram = where(({ spec }: DomainDraft) => spec.machine?.firmware?.uefi?.variables !== undefined, store);

export const bios = one<DomainDraft>({
  attributes: {
    useserial: machine('spec.machine.firmware.bios.serialConsole', yesNo),
    rebootTimeout: machine('spec.machine.firmware.bios.rebootTimeoutMilliseconds', signed(-1, 65535)),
  },
});
