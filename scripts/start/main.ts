import { join } from 'node:path';
import { linuxGuest } from '../../test/fixtures/guests/linux.ts';
import { showBoot, typeInto } from './console.ts';
import { quiet, step, vmctl } from './say.ts';

const EXAMPLE = join('yamls', 'examples', 'demo.yaml');
const MACHINE = 'demo';
const SNAPSHOT = 'demo-before';
/** What the guest prints once its shell is there. */
const READY = 'vmctl-guest ready';

const exists = async (kind: string, name: string): Promise<boolean> => (await quiet('get', kind, name)).ok;

async function importOnce(name: string, file: string): Promise<void> {
  if (!(await exists('vmi', name))) await vmctl('image', 'import', file, '--name', name, '--format', 'raw', '--wait');
}

const write = (word: string): Promise<string> =>
  typeInto(MACHINE, `echo ${word} | dd of=/dev/vda conv=fsync 2>/dev/null && echo written $((1))`, /written 1/);

async function expectOnDisk(word: string): Promise<void> {
  const answer = await typeInto(
    MACHINE,
    'echo "on disk: $(dd if=/dev/vda bs=16 count=1 2>/dev/null | head -n1)"',
    /on disk: \w+\s/,
  );
  const found = /on disk: (\w+)/.exec(answer)?.[1];
  console.log(`on disk: ${found}`);
  if (found !== word) throw new Error(`the disk should say "${word}" here`);
}

async function boot(): Promise<void> {
  step('A machine from yamls/examples/demo.yaml: a Linux kernel, and a disk of its own');
  const guest = await linuxGuest();
  await importOnce('demo-kernel', guest.kernel);
  await importOnce('demo-initrd', guest.initrd);
  await vmctl('apply', '-f', EXAMPLE);
  await vmctl('wait', 'vm', MACHINE, '--for', 'condition=Ready', '--timeout', '120s');
  step('It boots; this is its serial console');
  await showBoot(MACHINE, READY);
}

async function snapshotAndRevert(): Promise<void> {
  step('Write on its disk, and take a snapshot of the disk and the memory');
  await write('before');
  await expectOnDisk('before');
  await vmctl('snapshot', 'create', MACHINE, SNAPSHOT, '--memory', '--wait');
  step('Change the disk');
  await write('after');
  await expectOnDisk('after');
  step('Go back to the snapshot');
  await vmctl('snapshot', 'revert', SNAPSHOT, '--wait');
  await expectOnDisk('before');
}

async function main(): Promise<void> {
  step('The API and the executor on this machine');
  await vmctl('up');
  if (await exists('vmsn', SNAPSHOT))
    console.log('\nThe demo machine and its snapshot are here already; nothing was changed.');
  else {
    await boot();
    await snapshotAndRevert();
  }
  step('What there is now');
  await vmctl('get', 'vms');
  step('Try next');
  console.log(`bin/vmctl console ${MACHINE}                    a shell in the machine; Ctrl-] leaves it`);
  console.log(`bin/vmctl snapshot revert ${SNAPSHOT}    back to where it was, as often as you like`);
  console.log('bin/vmctl down --purge                     remove everything again');
}

try {
  await main();
} catch (error) {
  console.error(`\nnpm start: ${(error as Error).message}`);
  console.error(
    'What the machine and the executor say: bin/vmctl describe vm demo; bin/vmctl status; bin/vmctl doctor',
  );
  process.exitCode = 1;
}
