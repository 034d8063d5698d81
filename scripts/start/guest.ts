import { execFileSync } from 'node:child_process';
import { type LinuxGuest, linuxGuest } from '../../test/fixtures/guests/linux.ts';

const isRoot = process.getuid?.() === 0;

/** apt knows no package on a machine that has never asked. */
function refreshPackageLists(): void {
  console.log('Updating the package lists');
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
}

/** Debian's cloud kernel and a small initramfs, made from packages that are fetched once and never installed. */
export async function demoGuest(): Promise<LinuxGuest> {
  try {
    return await linuxGuest();
  } catch (error) {
    if (!isRoot) throw error;
    refreshPackageLists();
    return linuxGuest();
  }
}
