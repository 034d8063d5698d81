import { chosen, items, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, refused, same, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { type BootDraft, type DomainDraft, machine, type SpecDraft } from './draft.ts';
import { bios, firmware, loader, nvram } from './os-firmware.ts';
import { hasTables } from './sysinfo.ts';

const bootDevice = fieldOf<BootDraft>();

const bootTable: ElementTable<BootDraft> = {
  attributes: {
    dev: bootDevice('device', words({ hd: 'disk', cdrom: 'cdrom', network: 'network', fd: 'floppy' }), {
      field: 'spec',
    }),
  },
};

const boot = items<DomainDraft, BootDraft>({
  at: 'spec.machine.boot.order',
  list: ({ libvirt }) => {
    libvirt.boot ??= [];
    return libvirt.boot;
  },
  make: () => ({}),
  name: ({ device }) => device ?? '',
  table: () => bootTable,
  writes: () => bootTable,
});

/** The two boards there are: a family, or one version of it. */
const machineType = matching(
  /^(pc|q35|pc-(i440fx|q35)-[A-Za-z0-9._-]+|pc-[0-9.]+)$/,
  'machine type of the families pc and q35',
);

const type: ElementTable<DomainDraft> = {
  attributes: {
    arch: machine('spec.machine.architecture', wordOf('x86_64')),
    machine: machine('spec.machine.type', machineType),
  },
  text: same('a whole machine is emulated', 'hvm'),
};

const bootmenu = one<DomainDraft>({
  attributes: {
    enable: machine('spec.machine.boot.menu.enabled', yesNo),
    timeout: machine('spec.machine.boot.menu.timeoutMilliseconds', whole(0, 65535)),
  },
});

type Table = NonNullable<NonNullable<NonNullable<SpecDraft['machine']>['boot']>['acpiTables']>[number];

/** `slic` is the table of that signature; `raw` and `rawset` are files with headers of their own. */
const acpiTable: ElementTable<Table> = {
  attributes: { type: fieldOf<Table>()('signature', words({ slic: 'SLIC' }), { field: 'spec.signature' }) },
  text: fieldOf<Table>()('path', hostPath, { field: 'spec.path' }),
};

const acpiTables = ordered<DomainDraft, Table>({
  at: '.machine.boot.acpiTables',
  list: ({ spec }) => spec.machine?.boot?.acpiTables,
  begin: ({ spec }) => {
    spec.machine ??= {};
    spec.machine.boot ??= {};
    spec.machine.boot.acpiTables ??= [];
    return spec.machine.boot.acpiTables;
  },
  make: () => ({ path: '' }),
  choice: () => acpiTable,
  writes: () => acpiTable,
});

const smbios = {
  sysinfo: { attributes: { mode: selector('sysinfo', 'spec.machine.smbios') } },
  emulate: { attributes: { mode: same('the guest sees what qemu says', 'emulate') } },
  host: { whole: refused('the host’s own system information is not given to guests') },
} as const;

const IMAGES = { path: 'image', initrd: 'initrd', deviceTree: 'deviceTree' } as const;

const kernel = (name: keyof typeof IMAGES) =>
  one<DomainDraft>({
    text: machine(`libvirt.kernel.${name}`, hostPath, {
      field: `spec.machine.boot.kernel.${IMAGES[name]}`,
    }),
  });

export const os = one<DomainDraft>({
  attributes: {
    firmware: machine('libvirt.firmware', words({ efi: 'uefi', bios: 'bios' }), { field: 'spec.machine.firmware' }),
  },
  children: {
    type: one(type),
    firmware,
    loader,
    nvram,
    kernel: kernel('path'),
    initrd: kernel('initrd'),
    cmdline: one({
      text: machine('libvirt.kernel.commandLine', text(2048), { field: 'spec.machine.boot.kernel.commandLine' }),
    }),
    boot,
    dtb: kernel('deviceTree'),
    acpi: one({ children: { table: acpiTables } }),
    bootmenu,
    bios,
    smbios: chosen(byAttribute<Choice<DomainDraft>>('mode', smbios), (draft) =>
      hasTables(draft) ? smbios.sysinfo : undefined,
    ),
  },
});
