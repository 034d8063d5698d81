import { expect, test } from 'vitest';
import { smallDisk } from '../e2e/tmpfs.ts';
import { faultAt } from './crash.ts';
import { OPERATIONS, type OperationName } from './operations.ts';
import { type Scene, startScene } from './scene.ts';

const NAMES = Object.keys(OPERATIONS) as OperationName[];
/** So many faults at least for each operation: one with fewer steps is done again. 16 operations and 2 kinds of kills make 320. */
const LEAST = Number(process.env['VMCTL_SOAK_FAULTS'] ?? 10);
/** Bounds an operation with many steps, such as one that downloads. */
const MOST = LEAST * 3;
let faults = 0;
let operations = 0;

/** A fault at step after step, until one no longer comes to pass: then the operation has no more. */
async function everyStep(
  scene: Scene,
  name: OperationName,
  fault: 'executor' | 'qemu' | 'full',
  heal?: () => void,
): Promise<void> {
  let [at, done, steps] = [0, 0, 0];
  for (let wraps = 0; done < MOST && wraps < LEAST; ) {
    if (await faultAt(scene, name, fault, at, heal)) {
      at += 1;
      done += 1;
      steps = Math.max(steps, at);
      continue;
    }
    if (done >= LEAST) break;
    at = 0;
    wraps += 1;
  }
  faults += done;
  operations += 1;
  console.log(`${name}: ${done} faults of the kind ${fault} at ${steps} steps; ${faults} in all`);
  expect(steps).toBeGreaterThan(0);
}

for (const fault of ['executor', 'qemu'] as const) {
  test.each(NAMES)(`%s, ${fault} killed at every step`, async (name) => {
    // A kill takes nothing from the page cache, so that a disk under the volumes would only make it slow.
    using disk = smallDisk(256);
    await using scene = await startScene(disk?.path);
    await everyStep(scene, name, fault);
  });
}

test('there were at least 300 kills', ({ skip }) => {
  if (LEAST < 10 || operations < 2 * NAMES.length) skip('only some of the operations were run');
  expect(faults).toBeGreaterThanOrEqual(300);
});

test.each(NAMES)('%s, the disk full at every step', async (name) => {
  using disk = smallDisk(96);
  if (!disk) throw new Error('a small file system cannot be mounted here: be root, or leave these out with -t killed');
  await using scene = await startScene(disk.path);
  await everyStep(scene, name, 'full', () => disk.free());
});
