import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { noAddress } from './access/address.ts';
import { fileOf, type Scene, startScene } from './access/scene.ts';

const missing = missingServers() ?? noAddress();
if (missing) console.warn(`skipped: ways into machines through a real API server: ${missing}`);

describe.skipIf(missing)('ways into machines with nothing reachable but the API server', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  }, 180_000);
  afterAll(async () => scene?.[Symbol.asyncDispose]());

  it('takes an image by upload, on the node whose pool it is for', async () => {
    const file = await fileOf(scene, 'guest.raw', serialDisk({ everyTicks: 2 }));
    for (const node of ['one', 'two']) {
      const name = `guest-${node}`;
      const args = ['image', 'import', file, '--name', name, '--format', 'raw', '--pool', `pool-${node}`];
      const result = await scene.as('admin', args);
      expect(result).toMatchObject({ code: 0 });
    }
  });
});
