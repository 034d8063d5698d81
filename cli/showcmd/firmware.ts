import type { HostAbilities } from '../../executor/qemu/argv.ts';

const folder = '/usr/share/OVMF';

const raw = (name: string) => ({ path: `${folder}/${name}`, format: 'raw' as const });

/** UEFI as Debian's package ovmf has it, for a machine whose node is not known. */
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
];
