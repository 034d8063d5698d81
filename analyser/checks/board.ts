import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, textOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { at, devicesNamed, devicesOf, familyOf, wrong } from './domain.ts';

const KVM = 'kvm';

/** UEFI is described to the guest by ACPI; its variables are guarded in system management mode. Source: qemuValidateDomainDefBoot */
export function uefi(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  if (!os) return [];
  const loader = childOf(os, 'loader');
  const features = childOf(domain, 'features');
  const isUefi = attributeOf(os, 'firmware') === 'efi' || (loader && attributeOf(loader, 'type') === 'pflash');
  const chosen = attributeOf(os, 'firmware') !== undefined;
  const secure = loader && attributeOf(loader, 'secure') === 'yes' && !chosen;
  const smm = features && at(features, 'smm/@state');
  const hasPath = loader !== undefined && textOf(loader).trim() !== '';
  const nameless = !chosen && !hasPath ? [childOf(os, 'nvram'), loader].find((one) => one !== undefined) : undefined;
  return [
    ...(isUefi && !(features && childOf(features, 'acpi'))
      ? [{ xpath: xpathOf(os), reason: 'UEFI requires ACPI on this architecture: <features><acpi/>' }]
      : []),
    ...(secure && familyOf(domain) !== 'q35'
      ? [wrong(os, 'loader/@secure', 'secure boot is supported with q35 machine types only')]
      : []),
    ...(secure && familyOf(domain) === 'q35' && smm !== 'on'
      ? [wrong(os, 'loader/@secure', 'secure boot requires the SMM feature: <features><smm state="on"/>')]
      : []),
    ...(nameless
      ? [{ xpath: xpathOf(nameless), reason: 'there is no loader path, and firmware auto selection is disabled' }]
      : []),
    ...(attributeOf(os, 'firmware') === 'efi' && loader && attributeOf(loader, 'readonly') === 'no'
      ? [wrong(os, 'loader/@readonly', 'no firmware that libvirt can find is compatible with this')]
      : []),
  ];
}

/** Nodes are named where the placement is not left to the host. Source: virDomainNumatuneParseXML */
export function nodes(domain: XmlElement): Fault[] {
  const numatune = childOf(domain, 'numatune');
  const memory = numatune && childOf(numatune, 'memory');
  if (!memory || attributeOf(memory, 'nodeset') !== undefined) return [];
  const usual = at(domain, 'vcpu/@placement') === 'auto' ? 'auto' : 'static';
  return (attributeOf(memory, 'placement') ?? usual) === 'auto'
    ? []
    : [{ xpath: xpathOf(memory), reason: 'the nodeset must be set where the placement is static' }];
}

/** What only some boards, accelerators or companions have, by device. */
interface Rule {
  readonly device: string;
  readonly path: string;
  readonly reason: string;
  readonly broken: (device: XmlElement, domain: XmlElement) => boolean;
}

const is = (path: string, value: string) => (device: XmlElement) => at(device, path) === value;

/** Source: qemuValidateDomainWatchdogDef, qemuValidateDomainDeviceDefTPM, qemuValidateDomainDeviceDefMemory and their like */
const RULES: readonly Rule[] = [
  {
    device: 'watchdog',
    path: '@model',
    reason: 'ib700 cannot be used with this machine type',
    broken: (device, domain) => attributeOf(device, 'model') === 'ib700' && familyOf(domain) === 'q35',
  },
  {
    device: 'watchdog',
    path: '@model',
    reason: 'itco is only on q35',
    broken: (device, domain) => attributeOf(device, 'model') === 'itco' && familyOf(domain) !== 'q35',
  },
  {
    device: 'iommu',
    path: '@model',
    reason: 'virtio is only supported with q35',
    broken: (device, domain) => attributeOf(device, 'model') === 'virtio' && familyOf(domain) !== 'q35',
  },
  {
    device: 'iommu',
    path: '@model',
    reason: 'smmuv3 is only supported with ARM Virt machines',
    broken: is('@model', 'smmuv3'),
  },
  {
    device: 'tpm',
    path: 'backend/@version',
    reason: 'TPM 1.2 is not supported for the model tpm-crb',
    broken: (device) => at(device, 'backend/@version') === '1.2' && attributeOf(device, 'model') === 'tpm-crb',
  },
  {
    device: 'memory',
    path: 'uuid',
    reason: 'a UUID is not supported for an NVDIMM of this architecture',
    broken: (device) => attributeOf(device, 'model') === 'nvdimm' && childOf(device, 'uuid') !== undefined,
  },
  {
    device: 'input',
    path: '@model',
    reason: 'is only for the type passthrough',
    broken: (device) => /transitional$/.test(at(device, '@model') ?? '') && at(device, '@type') !== 'passthrough',
  },
  {
    device: 'serial',
    path: '@type',
    reason: 'spicevmc only supports virtio: a channel',
    broken: is('@type', 'spicevmc'),
  },
  {
    device: 'channel',
    path: 'target/@name',
    reason: 'is an unsupported spicevmc target name; com.redhat.spice.0 is',
    broken: (device) =>
      at(device, '@type') === 'spicevmc' &&
      at(device, 'target/@type') === 'virtio' &&
      (at(device, 'target/@name') ?? AGENT) !== AGENT,
  },
  {
    device: 'audio',
    path: '@type',
    reason: 'spice audio needs spice graphics',
    broken: (device, domain) =>
      at(device, '@type') === 'spice' &&
      !devicesNamed(domain, 'graphics').some((one) => attributeOf(one, 'type') === 'spice'),
  },
  {
    device: 'controller',
    path: '@index',
    reason: 'only 1 IDE controller is supported',
    broken: (device) => at(device, '@type') === 'ide' && Number(at(device, '@index') ?? 0) > 0,
  },
  {
    device: 'interface',
    path: 'model/@type',
    reason: 'must be virtio for an interface of the type vhostuser',
    broken: (device) =>
      at(device, '@type') === 'vhostuser' && !(at(device, 'model/@type') ?? 'virtio').startsWith('virtio'),
  },
];

const AGENT = 'com.redhat.spice.0';

export const boardDevices = (domain: XmlElement): Fault[] =>
  devicesOf(domain).flatMap((device) =>
    RULES.filter((rule) => rule.device === device.name && rule.broken(device, domain)).map(({ path, reason }) =>
      wrong(device, path, reason),
    ),
  );

/** What needs, or cannot have, hardware virtualisation. Source: virQEMUCapsIsCPUModeSupported, qemuValidateDomainDefFeatures */
export function accelerators(domain: XmlElement): Fault[] {
  const type = attributeOf(domain, 'type');
  const cpu = childOf(domain, 'cpu');
  const features = childOf(domain, 'features');
  return [
    ...(cpu && type === 'qemu' && attributeOf(cpu, 'mode') === 'host-passthrough'
      ? [
          wrong(
            cpu,
            '@mode',
            'host-passthrough is not supported for a qemu domain, which is emulated; kvm domains have it',
          ),
        ]
      : []),
    ...(features && type === KVM && childOf(features, 'tcg')
      ? [wrong(features, 'tcg', "TCG features are incompatible with the domain type 'kvm'")]
      : []),
  ];
}

/** The firmware speaks on a serial port that there is. Source: virDomainDefParseBootOptions */
export function firmwareSerial(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  if (!os || at(os, 'bios/@useserial') !== 'yes' || devicesNamed(domain, 'serial').length > 0) return [];
  return [wrong(os, 'bios/@useserial', 'needs at least one serial port')];
}

const ENDS = ['on_poweroff', 'on_reboot', 'on_crash'];

/** Source: qemuValidateDomainLifecycleAction */
export const ends = (domain: XmlElement): Fault[] =>
  childElements(domain)
    .filter((one) => ENDS.includes(one.name) && textOf(one).trim() === 'rename-restart')
    .map((one) => ({ xpath: xpathOf(one), reason: "is an action that the qemu driver doesn't support" }));
