import { chosen, items, one } from '../table/children.ts';
import { fieldOf, ignored, refused, same, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { wordOf, words } from '../values/words.ts';
import { childOf } from '../xml/infoset.ts';
import { type BootDraft, type DomainDraft, machine } from './draft.ts';
import { firmware, loader, nvram } from './os-firmware.ts';

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
  table: (node) =>
    node.parent && childOf(node.parent, 'kernel')
      ? { whole: ignored('the kernel that is given is booted directly') }
      : bootTable,
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

const MENU = 'the firmware shows no menu for choosing';

const menus = {
  yes: { attributes: { enable: ignored(MENU), timeout: ignored(MENU, whole(0, 65535)) } },
  no: { attributes: { enable: same(MENU, 'no'), timeout: ignored(MENU, whole(0, 65535)) } },
} satisfies Record<string, ElementTable<DomainDraft>>;

const smbios = {
  sysinfo: { attributes: { mode: selector('sysinfo', 'spec.machine.smbios') } },
  emulate: { attributes: { mode: same('the guest sees what qemu says', 'emulate') } },
  host: { whole: refused('the host’s own system information is not given to guests') },
} as const;

const hasSmbios = ({ spec }: DomainDraft): boolean => {
  const { uuid: _, ...entries } = spec.machine?.smbios ?? {};
  return Object.keys(entries).length > 0;
};

const kernel = (name: 'path' | 'initrd') =>
  one<DomainDraft>({
    text: machine(`libvirt.kernel.${name}`, hostPath, {
      field: `spec.machine.boot.kernel.${name === 'path' ? 'image' : 'initrd'}`,
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
    bootmenu: chosen(byAttribute('enable', menus)),
    smbios: chosen(byAttribute<Choice<DomainDraft>>('mode', smbios), (draft) =>
      hasSmbios(draft) ? smbios.sysinfo : undefined,
    ),
  },
});
