import { each, one } from '../table/children.ts';
import type { Codec } from '../table/codec.ts';
import { fieldOf, type Ignored, type Imported, ignored, runtime, same } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { hostPath, matching, text, uuid } from '../values/texts.ts';
import { words } from '../values/words.ts';
import { blkiotune } from './blkiotune.ts';
import { clock } from './clock.ts';
import { commandLine } from './command-line.ts';
import { cpu } from './cpu.ts';
import { cputune } from './cputune.ts';
import { devices } from './devices.ts';
import { type DomainDraft, machine } from './draft.ts';
import { features } from './features.ts';
import { defaultIothread, iothreadCount, iothreadIds } from './iothreads.ts';
import { currentMemory, maxMemory, memory } from './memory.ts';
import { memoryBacking } from './memory-backing.ts';
import { memtune } from './memtune.ts';
import { numatune } from './numatune.ts';
import { onCrash, onLockfailure, onPoweroff, onReboot } from './on.ts';
import { os } from './os.ts';
import { pm } from './pm.ts';
import { seclabel } from './seclabel.ts';
import { sysinfo } from './sysinfo.ts';
import { vcpu, vcpus } from './vcpu.ts';

const OWN_CGROUP = 'the executor has a cgroup of its own for each machine';
const LIBVIRTS = 'what libvirt is told about qemu; no part of the machine';

/** Words are for emulation alone: KVM is what a node takes where it works. */
const emulated: Codec<'tcg'> = {
  read: (text) => (text === 'qemu' ? { value: 'tcg' } : { fault: 'is not supported; known: kvm, qemu' }),
  write: (value) => (value === 'tcg' ? 'qemu' : undefined),
};

const accelerator: Imported<DomainDraft> = fieldOf<DomainDraft>()('spec.machine.accelerator', emulated, {
  unless: same('KVM where it works', 'kvm'),
});

const kept = (reason: string): Ignored => ignored(reason);

/** `<domain>`, as https://libvirt.org/formatdomain.html describes it. */
export const domain: ElementTable<DomainDraft> = {
  attributes: {
    type: accelerator,
    id: runtime('the number of a running machine'),
  },
  children: {
    name: one({ text: machine('name', matching(/^[^/\n]{1,255}$/, 'name of a machine'), { field: 'metadata.name' }) }),
    uuid: one({ text: machine('spec.machine.smbios.uuid', uuid) }),
    genid: one({ text: machine('spec.machine.generationId', uuid) }),
    title: one({ text: machine('title', text(), { field: 'metadata.annotations[vmctl.dev/title]' }) }),
    description: one({
      text: machine('description', text(65536), { field: 'metadata.annotations[kubernetes.io/description]' }),
    }),
    metadata: each({ whole: kept('other programs’ notes') }),
    maxMemory,
    memory,
    currentMemory,
    blkiotune,
    memtune,
    memoryBacking,
    vcpu,
    vcpus,
    iothreads: iothreadCount,
    iothreadids: iothreadIds,
    defaultiothread: defaultIothread,
    cputune,
    numatune,
    resource: one({
      children: {
        partition: one({ text: ignored(OWN_CGROUP, hostPath) }),
        fibrechannel: one({ attributes: { appid: ignored('a word for switches of Fibre Channel', text(128)) } }),
      },
    }),
    sysinfo,
    os,
    idmap: each({ whole: kept('for containers, which have users; a machine has none of the host’s') }),
    features,
    cpu,
    clock,
    on_poweroff: onPoweroff,
    on_reboot: onReboot,
    on_crash: onCrash,
    on_lockfailure: onLockfailure,
    pm,
    perf: each({ whole: kept('what libvirt counts on the host; no part of the machine') }),
    devices,
    seclabel,
    'qemu:commandline': commandLine,
    'qemu:deprecation': one({
      attributes: {
        behavior: machine(
          'spec.launch.deprecated',
          words({ omit: 'Omit' as const, reject: 'Reject' as const, crash: 'Crash' as const }),
        ),
      },
    }),
    'qemu:capabilities': each({ whole: kept(LIBVIRTS) }),
  },
};
