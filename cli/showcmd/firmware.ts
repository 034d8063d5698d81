import type { HostAbilities } from '../../executor/qemu/argv.ts';

const folder = '/usr/share/OVMF';

const raw = (name: string) => ({ path: `${folder}/${name}`, format: 'raw' as const });

/** Where Fedora has the firmware that Debian has not: in qcow2. */
const qcow2 = (name: string) => ({ path: `/usr/share/edk2/ovmf/${name}.qcow2`, format: 'qcow2' as const });

/** UEFI as distributions have it, Debian's package ovmf first, for a machine whose node is not known. */
export const USUAL_FIRMWARE: NonNullable<HostAbilities['firmware']> = [
  {
    code: raw('OVMF_CODE_4M.ms.fd'),
    variables: raw('OVMF_VARS_4M.ms.fd'),
    machines: ['pc-q35-*'],
    features: ['enrolled-keys', 'requires-smm', 'secure-boot'],
  },
  {
    code: raw('OVMF_CODE_4M.secboot.fd'),
    variables: raw('OVMF_VARS_4M.fd'),
    machines: ['pc-q35-*'],
    features: ['requires-smm', 'secure-boot'],
  },
  {
    code: raw('OVMF_CODE_4M.fd'),
    variables: raw('OVMF_VARS_4M.fd'),
    machines: ['pc-i440fx-*', 'pc-q35-*'],
    features: [],
  },
  {
    code: qcow2('OVMF_CODE_4M.secboot'),
    variables: qcow2('OVMF_VARS_4M.secboot'),
    machines: ['pc-q35-*'],
    features: ['enrolled-keys', 'requires-smm', 'secure-boot'],
  },
  {
    code: qcow2('OVMF_CODE_4M.secboot'),
    variables: qcow2('OVMF_VARS_4M'),
    machines: ['pc-q35-*'],
    features: ['requires-smm', 'secure-boot'],
  },
  {
    code: qcow2('OVMF_CODE_4M'),
    variables: qcow2('OVMF_VARS_4M'),
    machines: ['pc-i440fx-*', 'pc-q35-*'],
    features: [],
  },
];
