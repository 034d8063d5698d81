import { usage } from './errors.ts';
import { quoted } from './names.ts';

const SIZE = /^([0-9]+)(?:\.([0-9]{1,9}))?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?$/;
const POWERS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const NANO = 1_000_000_000n;

/** Bytes of a size such as 20Gi, as schemas/types/quantity.ts has it (whose zod costs 20 ms). @throws Failure (usage) */
export function parseBytes(text: string): bigint {
  const [, whole, fraction = '', suffix = ''] = SIZE.exec(text) ?? [];
  if (whole === undefined) throw usage(`${quoted(text)} is not a size`, 'write it as 512Mi, 20Gi or a number of bytes');
  const power = BigInt(POWERS.findIndex((unit) => unit.toLowerCase() === suffix.replace('i', '').toLowerCase()));
  const factor = (suffix.endsWith('i') ? 1024n : 1000n) ** power;
  return ((BigInt(whole) * NANO + BigInt(fraction.padEnd(9, '0'))) * factor + NANO - 1n) / NANO;
}

/** The text, if it is a size. @throws Failure (usage) */
export function sizeText(text: string): string {
  parseBytes(text);
  return text;
}
