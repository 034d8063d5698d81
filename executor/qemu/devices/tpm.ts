import type { Board } from '../board.ts';
import { device, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { tpmSocket } from '../sockets.ts';
import { chardevArguments } from './character.ts';

type Tpm = NonNullable<Board['spec']['tpm']>;

const DRIVERS = { tis: 'tpm-tis', crb: 'tpm-crb', spapr: 'tpm-spapr' } satisfies Record<Tpm['model'], string>;

/** Where the kernel lets a command of a TPM be cancelled. */
const cancelPath = (device: string): string => `/sys/class/tpm/${device.replace(/^.*\//, '')}/device/cancel`;

function backend({ input }: Board, tpm: Tpm): string[] {
  if (tpm.passthrough) {
    const { path } = tpm.passthrough;
    return ['-tpmdev', option('passthrough', { id: 'tpm', path, 'cancel-path': cancelPath(path) })];
  }
  if (tpm.external)
    return [
      ...chardevArguments('tpm-char', { backend: tpm.external }),
      '-tpmdev',
      option('emulator', { id: 'tpm', chardev: 'tpm-char' }),
    ];
  if (!input.host.swtpm) {
    throw new Refusal('TpmUnavailable', 'spec.tpm', 'this node has no TPM emulator; install the package swtpm on it');
  }
  return [
    ...['-chardev', option('socket', { id: 'tpm-char', path: tpmSocket(input.runDir) })],
    ...['-tpmdev', option('emulator', { id: 'tpm', chardev: 'tpm-char' })],
  ];
}

/** An emulated TPM is a process of its own, swtpm, which the executor starts before qemu and qemu ends. */
export function tpmArguments(board: Board): string[] {
  const { tpm } = board.spec;
  if (!tpm) return [];
  return [...backend(board, tpm), ...device({ driver: DRIVERS[tpm.model], tpmdev: 'tpm', id: 'tpm-device' })];
}
