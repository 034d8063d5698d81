import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallDisk, smallDisk } from '../e2e/tmpfs.ts';
import { faultAt } from './crash.ts';
import { OPERATIONS, type OperationName } from './operations.ts';
import { type Scene, startScene } from './scene.ts';

const NAMES = Object.keys(OPERATIONS) as OperationName[];
/** More steps than any operation has. */
const MOST_STEPS = 60;
/** Bounds the whole: an operation with more steps has some left out, evenly. */
const MOST_FAULTS = Number(process.env['VMCTL_SOAK_FAULTS'] ?? 14);
let faults = 0;

/** A fault at step after step, until one no longer comes to pass: then the operation has no more. */
async function everyStep(
  scene: Scene,
  name: OperationName,
  fault: 'executor' | 'qemu' | 'full',
  heal?: () => void,
): Promise<void> {
  const stride = Math.max(1, Math.round(24 / MOST_FAULTS));
  let done = 0;
  for (let at = 0; at < MOST_STEPS && done < MOST_FAULTS; at += stride) {
    if (!(await faultAt(scene, name, fault, at, heal))) break;
    done += 1;
    faults += 1;
  }
  console.log(`${name}: ${done} faults of the kind ${fault}; ${faults} in all`);
  expect(done).toBeGreaterThan(0);
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
  if (MOST_FAULTS >= 14) expect(faults).toBeGreaterThanOrEqual(300);
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
