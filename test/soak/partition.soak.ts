import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaints, partition } from '../cluster/hosts/partition.ts';
import { type Hosts, startHosts, whyNoHosts, writer } from '../cluster/hosts/scene.ts';

const missing = await whyNoHosts();
if (missing) console.warn(`skipped: hosts that are cut off from each other, for longer: ${missing}`);

const FOR_MS = 120_000;
const LIMIT_MS = 120_000;

describe.skipIf(missing)('three hosts that are cut off at random, for longer', () => {
  let scene: Hosts;
  beforeAll(async () => {
    scene = await startHosts(['a', 'b', 'c']);
    await scene.plane.create('VirtualMachine', 'web', writer({ stop: { method: 'Force' } }));
  }, 240_000);
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  it.each([1, 2, 3, 4, 5])(
    'never have two writers on a disk, seed %i',
    async (seed) => {
      const runs = ({ status }: { status?: { powerState?: string | undefined } }) => status?.powerState === 'Running';
      const { metadata } = await scene.plane.until('web', runs, LIMIT_MS);
      const story = await partition(scene, metadata.uid ?? '', seed, FOR_MS);
      console.info(`seed ${seed}: ${JSON.stringify(story)}`);
      expect(story.offences).toEqual([]);
      expect(complaints(scene)).toEqual([]);
      expect(scene.written().length).toBeGreaterThan(0);
    },
    FOR_MS + 2 * LIMIT_MS,
  );
});
