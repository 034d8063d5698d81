import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultAt } from '../soak/crash.ts';
import { OPERATIONS, type OperationName } from '../soak/operations.ts';
import { lost, type Scene, startScene } from '../soak/scene.ts';

/** One of many steps of each; `npm run test:soak` takes all of them, and more faults. */
let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const names = Object.keys(OPERATIONS) as OperationName[];

test.each(names)('%s outlasts an executor that is killed in the middle', async (name) => {
  await faultAt(scene, name, 'executor', 1 + 4 * (names.indexOf(name) % 3));
});

test.each(['snapshot external', 'merge of what is written to', 'backup'] as const)(
  '%s outlasts a qemu that is killed in the middle',
  async (name) => {
    // How many steps there are depends on what is looked at in between: the latest of these that there is.
    for (const step of [5, 3, 2, 1]) if (await faultAt(scene, name, 'qemu', step)) return;
    expect.unreachable('qemu was never killed');
  },
);

test('what is lost is seen', () => {
  expect(lost('W 00000003\nW 00000004\nR 00000003\n')).toEqual(['found 3 after 4']);
  expect(lost('W 00000003\nR 00000004\nW 00000005\n')).toEqual([]);
});
