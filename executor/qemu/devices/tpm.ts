import type { Board } from '../board.ts';
import { Refusal } from '../refusal.ts';

/** An emulated TPM is a process of its own (swtpm) beside qemu; the executor does not run one yet. */
export function tpmArguments({ spec }: Board): string[] {
  if (!spec.tpm) return [];
  throw new Refusal('TpmUnavailable', 'spec.tpm', 'this version runs no TPM emulator (swtpm); remove the field');
}
