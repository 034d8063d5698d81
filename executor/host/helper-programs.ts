import { findProgram } from './run.ts';

/** Where distributors put what nobody types. Debian 12 has it in qemu-system-common, 13 and Fedora in virtiofsd. */
const VIRTIOFSD = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd', '/usr/lib/virtiofsd'];

/** The server of shared folders, where the node has one. */
export async function findVirtiofsd(): Promise<string | undefined> {
  for (const path of VIRTIOFSD) {
    const found = await findProgram(path);
    if (found) return found;
  }
  return undefined;
}

/** A program that runs beside qemu, by its name in `executor/qemu/helpers.ts`. */
export const findHelper = (program: string): Promise<string | undefined> =>
  program === 'virtiofsd' ? findVirtiofsd() : findProgram(program);
