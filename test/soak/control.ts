import { renameSync } from 'node:fs';

/** What the file says by which a test asks for a fault of its executor. */
export interface Control {
  /** New for each fault, so that counting begins anew. */
  readonly id: string;
  /** Which step, from 0 on; even ones are before what is done, odd ones after. */
  readonly at: number;
  readonly fault: 'executor' | 'qemu' | 'full';
  /** qemu's process. */
  readonly pid?: number | undefined;
  /** File system that becomes full. */
  readonly folder?: string;
}

/** Is there once the fault has happened, of which an executor that was killed cannot tell: to fill a disk takes a while. */
export const overFile = (control: string): string => `${control}.over`;

/** Takes a control file away; one alone can, of who lets the fault happen and who wants it no longer. */
export function take(control: string): boolean {
  try {
    renameSync(control, takenFile(control));
    return true;
  } catch {
    return false;
  }
}

export const takenFile = (control: string): string => `${control}.taken`;
