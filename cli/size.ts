import { parseSize } from '../schemas/types/size.ts';
import { usage } from './errors.ts';
import { quoted } from './names.ts';

/** Bytes of a size such as 20Gi. @throws Failure (usage) */
export function parseBytes(text: string): bigint {
  try {
    return parseSize(text);
  } catch {
    throw usage(`${quoted(text)} is not a size`, 'write it as 512Mi, 20Gi or a number of bytes');
  }
}

/** The text, if it is a size. @throws Failure (usage) */
export function sizeText(text: string): string {
  parseBytes(text);
  return text;
}
