import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { startChild } from './fixtures/child.ts';
import { askSocket, configMap, machine, machines, mergePatch, tempDir } from './fixtures/server.ts';

const dir = tempDir();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** How many answers each round waits for before the kill; so that kills come early, late and in between. */
const rounds = Array.from({ length: 20 }, (_, i) => 1 + ((i * 7) % 23));
const writers = 4;

test('what was acknowledged is there after kill -9, twenty times under load', async () => {
  const acknowledged = new Map<string, number>();
  for (const [round, wanted] of rounds.entries()) {
    const server = await startChild(dir);
    let answers = 0;
    const enough = Promise.withResolvers<void>();
    const write = async (writer: number) => {
      for (let i = 0; ; i++) {
        const name = `r${round}-w${writer}`;
        const value = { spec: { cpu: { cores: (i % 500) + 1 } } };
        const answer =
          i === 0
            ? await askSocket(server.socketPath, 'POST', machines, machine(name))
            : await askSocket(server.socketPath, 'PATCH', `${machines}/${name}`, value, mergePatch);
        if (answer.code >= 300) throw new Error(answer.text);
        acknowledged.set(name, Number(answer.body.metadata.resourceVersion));
        if (++answers === wanted) enough.resolve();
      }
    };
    // Every writer ends with the connection that the kill cuts.
    const writing = Array.from({ length: writers }, (_, i) => write(i).catch(() => {}));
    await enough.promise;
    await server.kill();
    await Promise.all(writing);
  }
  const server = await startChild(dir);
  const { body } = await askSocket(server.socketPath, 'GET', machines);
  await server.kill();
  const stored = new Map<string, number>();
  for (const { metadata } of body.items) stored.set(metadata.name, Number(metadata.resourceVersion));
  expect(acknowledged.size).toBeGreaterThanOrEqual(rounds.length);
  const lost = [...acknowledged].filter(([name, version]) => (stored.get(name) ?? 0) < version);
  expect(lost).toEqual([]);
});

test('resource versions never go back, also when the newest objects are gone', async () => {
  const path = '/api/v1/namespaces/default/configmaps';
  let server = await startChild(dir);
  const created = await askSocket(server.socketPath, 'POST', path, configMap('last'));
  const removed = await askSocket(server.socketPath, 'DELETE', `${path}/last`);
  expect(removed.code).toBe(200);
  await server.kill();
  server = await startChild(dir);
  const again = await askSocket(server.socketPath, 'POST', path, configMap('last'));
  await server.kill();
  expect(Number(again.body.metadata.resourceVersion)).toBe(Number(created.body.metadata.resourceVersion) + 2);
});
