import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaints, partition } from './hosts/partition.ts';
import { type Hosts, startHosts, whyNoHosts, writer } from './hosts/scene.ts';
import { wait } from './placing.ts';

const missing = await whyNoHosts();
if (missing) console.warn(`skipped: hosts that are cut off from each other: ${missing}`);

const SEED = Number(process.env['VMCTL_TEST_SEED'] ?? 20_260_101);
const FOR_MS = Number(process.env['VMCTL_TEST_PARTITION_MS'] ?? 40_000);
const LIMIT_MS = 90_000;

describe.skipIf(missing)('three hosts that are cut off at random', () => {
  let scene: Hosts;
  beforeAll(async () => {
    scene = await startHosts(['a', 'b', 'c']);
    await scene.plane.create('VirtualMachine', 'web', writer({ stop: { method: 'Force' } }));
  }, 240_000);
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  const highest = () => Math.max(0, ...scene.written());
  const runs = () => scene.plane.until('web', ({ status }) => status?.powerState === 'Running', LIMIT_MS);

  it(
    'never have two writers on a disk',
    async () => {
      const { metadata } = await runs();
      await wait(
        async () => highest(),
        (number) => number > 0,
      );
      const story = await partition(scene, metadata.uid ?? '', SEED, FOR_MS);
      console.info(`seed ${SEED}: ${JSON.stringify(story)}`);
      expect(story.offences, `seed ${SEED}`).toEqual([]);
      expect(complaints(scene), `seed ${SEED}`).toEqual([]);
      expect(new Set(story.nodes).size, 'nodes that have written').toBeGreaterThan(1);
      const { status } = await runs();
      const before = highest();
      await wait(
        async () => highest(),
        (number) => number > before,
      );
      expect(scene.qemus(metadata.uid ?? '')).toHaveLength(1);
      expect(story.nodes.at(-1) ?? status?.nodeName).toBeDefined();
    },
    FOR_MS + 360_000,
  );
});
