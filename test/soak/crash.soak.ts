import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallDisk, smallDisk } from '../e2e/tmpfs.ts';
import { faultAt } from './crash.ts';
import { OPERATIONS, type OperationName } from './operations.ts';
import { type Scene, startScene } from './scene.ts';

const NAMES = Object.keys(OPERATIONS) as OperationName[];
/** So many faults at least for each operation: one with fewer steps is done again. 16 operations and 2 kinds of kills make 320. */
const LEAST = Number(process.env['VMCTL_SOAK_FAULTS'] ?? 10);
/** Bounds an operation with many steps, such as one that downloads. */
const MOST = LEAST * 3;
let faults = 0;

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
  console.log(`${name}: ${done} faults of the kind ${fault} at ${steps} steps; ${faults} in all`);
  expect(steps).toBeGreaterThan(0);
}

for (const fault of ['executor', 'qemu'] as const) {
  let scene: Scene;
  test(`a scene for faults of the kind ${fault}`, async () => {
    scene = await startScene();
  });
  test.each(NAMES)(`%s, ${fault} killed at every step`, (name) => everyStep(scene, name, fault));
  test(`the scene for faults of the kind ${fault} ends`, () => scene[Symbol.asyncDispose]());
}

test('there were at least 300 kills', () => {
  if (LEAST >= 10) expect(faults).toBeGreaterThanOrEqual(300);
});

let disk: SmallDisk | undefined;
let full: Scene | undefined;
beforeAll(async () => {
  disk = smallDisk(96);
  if (disk) full = await startScene(disk.path);
});
afterAll(async () => {
  await full?.[Symbol.asyncDispose]();
  disk?.[Symbol.dispose]();
});

for (const name of NAMES) {
  test(`${name}, the disk full at every step`, async ({ skip }) => {
    if (!full) skip('a small file system cannot be mounted here');
    else await everyStep(full, name, 'full', () => disk?.free());
  });
}
