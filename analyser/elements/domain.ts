import { each, one } from '../table/children.ts';
import { type Ignored, ignored, runtime } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { hostPath, matching, text, uuid } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { clock } from './clock.ts';
import { cpu } from './cpu.ts';
import { cputune } from './cputune.ts';
import { devices } from './devices.ts';
import { type DomainDraft, machine } from './draft.ts';
import { features } from './features.ts';
import { currentMemory, memory } from './memory.ts';
import { memoryBacking } from './memory-backing.ts';
import { numatune } from './numatune.ts';
import { onCrash, onPoweroff, onReboot } from './on.ts';
import { os } from './os.ts';
import { pm } from './pm.ts';
import { seclabel } from './seclabel.ts';
import { sysinfo } from './sysinfo.ts';
import { vcpu } from './vcpu.ts';

const OWN_CGROUP = 'the executor has a cgroup of its own for each machine';

const accelerator: Ignored = ignored('the node uses KVM where it works, else emulation', wordOf('kvm', 'qemu'));

/** `<domain>`, as https://libvirt.org/formatdomain.html describes it. */
export const domain: ElementTable<DomainDraft> = {
  attributes: {
    type: accelerator,
    id: runtime('the number of a running machine'),
  },
  children: {
    name: one({ text: machine('name', matching(/^[^/\n]{1,255}$/, 'name of a machine'), { field: 'metadata.name' }) }),
    uuid: one({ text: machine('spec.machine.smbios.uuid', uuid) }),
    title: one({ text: machine('title', text(), { field: 'metadata.annotations[vmctl.dev/title]' }) }),
    description: one({
      text: machine('description', text(65536), { field: 'metadata.annotations[kubernetes.io/description]' }),
    }),
    metadata: each({ whole: ignored('other programs’ notes') }),
    memory,
    currentMemory,
    memoryBacking,
    vcpu,
    cputune,
    numatune,
    resource: one({ children: { partition: one({ text: ignored(OWN_CGROUP, hostPath) }) } }),
    sysinfo,
    os,
    features,
    cpu,
    clock,
    on_poweroff: onPoweroff,
    on_reboot: onReboot,
    on_crash: onCrash,
    pm,
    devices,
    seclabel,
  },
};
