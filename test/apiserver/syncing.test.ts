import fs, { rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isFleeting } from '../../executor/apiserver/store/fleeting.ts';
import { Store } from '../../executor/apiserver/store/store.ts';
import { configMap, tempDir } from './fixtures/server.ts';

const dir = tempDir();
const { fdatasyncSync } = fs;
let store: Store;
let syncs = 0;
let failure: Error | undefined;

beforeAll(() => {
  fs.fdatasyncSync = (descriptor) => {
    syncs += 1;
    if (failure) throw failure;
    fdatasyncSync(descriptor);
  };
  syncBuiltinESMExports();
  store = new Store(join(dir, 'state.db'));
});
afterAll(() => {
  store.close();
  fs.fdatasyncSync = fdatasyncSync;
  syncBuiltinESMExports();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  syncs = 0;
  failure = undefined;
});

function write(name: string, fleeting: boolean): void {
  const object = configMap(name, { namespace: 'default', uid: `${name}-uid` }, {});
  store.write({ type: 'ADDED', resource: 'configmaps', schema: 's', object, prev: undefined, fleeting });
}

test('writes of one turn share one sync, and what is fleeting needs none', async () => {
  write('a', false);
  write('b', false);
  write('c', true);
  await store.flushed();
  expect(syncs).toBe(1);
  write('d', true);
  await store.flushed();
  expect([syncs, store.committed]).toEqual([1, 4]);
});

test('who wrote what the disk does not take hears of it, and the server goes on', async () => {
  failure = new Error('EIO');
  write('e', false);
  await expect(store.flushed()).rejects.toThrow('EIO');
  failure = undefined;
  write('f', false);
  await store.flushed();
  expect(store.committed).toBe(6);
});

test.each([
  ['virtualmachines.vmctl.dev', 'status', true],
  ['virtualmachines.vmctl.dev', '', false],
  ['virtualmachinesnapshots.vmctl.dev', 'status', false],
  ['virtualmachineimages.vmctl.dev', 'status', false],
  ['widgets.example.com', 'status', false],
  ['leases.coordination.k8s.io', '', true],
  ['events', '', true],
  ['secrets', '', false],
])('a write of %s %s is fleeting: %s', (resource, subresource, fleeting) => {
  expect(isFleeting(resource, subresource)).toBe(fleeting);
});
