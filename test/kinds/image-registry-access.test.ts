import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RegistryServer, startRegistry, USER } from '../storage/registry-server.ts';
import { DISK, start, there } from './registry-images.ts';
import { because, createWorld } from './world.ts';

describe.skipIf(!there).each(['basic', 'token'] as const)('a registry that asks who one is, by %s', (auth) => {
  let closed: RegistryServer;
  beforeAll(async () => {
    closed = await startRegistry(auth);
  });
  afterAll(async () => closed[Symbol.asyncDispose]());

  const config = () =>
    JSON.stringify({
      auths: { [closed.host]: { auth: Buffer.from(`${USER.username}:${USER.password}`).toString('base64') } },
    });

  test('takes what the Secret holds, for both ways, and nobody else reads it', async () => {
    await using world = createWorld();
    start(world, {
      plain: USER,
      docker: { '.dockerconfigjson': config() },
      wrong: { ...USER, password: 'no' },
      empty: { x: 'y' },
    });
    const path = join(world.folder, 'source');
    writeFileSync(path, DISK);
    const place = { reference: `${closed.host}/private/disk:1`, insecure: true };
    const from = (name: string) => ({ source: { oci: { ...place, ...(name && { secretRef: { name } }) } } });
    world.add('VirtualMachineImage', 'mine', {
      source: { file: { path } },
      publish: { ...place, secretRef: { name: 'plain' } },
    });
    await world.until('VirtualMachineImage', 'mine', (image) => image?.status?.published !== undefined);
    world.add('VirtualMachineImage', 'back', from('docker'));
    await world.until('VirtualMachineImage', 'back', because('Ready'));
    const reasons = { '': 'Unauthorized', wrong: 'Unauthorized', empty: 'SecretInvalid', gone: 'SecretInvalid' };
    for (const [secret, reason] of Object.entries(reasons)) {
      const name = `no-${secret || 'secret'}`;
      world.add('VirtualMachineImage', name, from(secret));
      const image = await world.until('VirtualMachineImage', name, because(reason));
      expect(JSON.stringify(image.status)).not.toContain(USER.password);
    }
    expect(JSON.stringify(world.events)).not.toContain(USER.password);
    if (auth === 'token') expect(closed.asked.some((url) => url.includes('push'))).toBe(true);
  });
});
