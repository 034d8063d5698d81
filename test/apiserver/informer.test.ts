import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CustomObjectsApi, KubeConfig, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChild } from './fixtures/child.ts';
import { askSocket, machine, machines, mergePatch, tempDir } from './fixtures/server.ts';

const dir = tempDir();
let server: Awaited<ReturnType<typeof startChild>>;
beforeAll(async () => {
  server = await startChild(dir);
});
afterAll(async () => {
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (...args: Parameters<typeof askSocket> extends [string, ...infer Rest] ? Rest : never) =>
  askSocket(server.socketPath, ...args);

test("client-node's informer sees each change once, through a kill of the server", async () => {
  const config = new KubeConfig();
  config.loadFromFile(join(dir, 'kubeconfig'));
  const api = config.makeApiClient(CustomObjectsApi);
  const list = () =>
    api.listNamespacedCustomObject({
      group: 'test.vmctl.dev',
      version: 'v1',
      namespace: 'default',
      plural: 'machines',
    });
  const informer = makeInformer<KubernetesObject>(config, machines, list);
  const seen: string[] = [];
  let changed = Promise.withResolvers<void>();
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, ({ metadata }) => {
      seen.push(`${verb} ${metadata?.name} ${metadata?.resourceVersion}`);
      changed.resolve();
    });
  }
  let over = false;
  informer.on('error', () => {
    if (!over) setTimeout(() => void informer.start().catch(() => {}), 50);
  });
  await informer.start();
  const made: string[] = [];
  const note = (verb: string, { body }: { body: { metadata: { name: string; resourceVersion: string } } }) =>
    made.push(`${verb} ${body.metadata.name} ${body.metadata.resourceVersion}`);
  for (let i = 0; i < 30; i++) {
    note('add', await ask('POST', machines, machine(`m${i}`)));
    note('update', await ask('PATCH', `${machines}/m${i}`, { spec: { cpu: { cores: 2 } } }, mergePatch));
    if (i % 10 === 5) {
      await server.kill();
      server = await startChild(dir);
    }
  }
  while (seen.length < made.length) {
    changed = Promise.withResolvers();
    await changed.promise;
  }
  over = true;
  await informer.stop();
  expect(seen).toEqual(made);
});
