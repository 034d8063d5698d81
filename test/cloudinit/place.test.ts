import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeSeed, removeSeeds, seedPath } from '../../executor/cloudinit/index.ts';
import { SeedLook } from '../../executor/kinds/virtualmachine/seed-look.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { machine } from '../kinds/virtualmachine/scene.ts';

let home = '';
const paths = () => ({ home, hostState: join(home, 'host'), runRoot: join(home, 'machines') });
const seed = (digest: string) => ({ image: Buffer.from(digest), digest });
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vmctl-seeds-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("a seed is one machine's, read-only, and goes when another takes its place", async () => {
  const first = await placeSeed(paths(), 'uid-a', seed('one'));
  expect(first).toBe(seedPath(paths(), 'uid-a', 'one'));
  expect((await stat(first)).mode & 0o777).toBe(0o400);
  expect((await stat(join(home, 'seeds'))).mode & 0o777).toBe(0o700);
  const second = await placeSeed(paths(), 'uid-a', seed('two'));
  const other = await placeSeed(paths(), 'uid-ab', seed('one'));
  await removeSeeds(paths(), 'uid-a', second);
  expect((await readdir(join(home, 'seeds'))).sort()).toEqual(
    [second, other].map((path) => path.split('/').at(-1)).sort(),
  );
  await removeSeeds(paths(), 'uid-a');
  expect(await readFile(other, 'utf8')).toBe('one');
});

test('one that a killed executor left half done is given to qemu all the same', async ({ skip }) => {
  skip(!isRoot, 'only root gives files away');
  const path = await placeSeed(paths(), 'uid-c', seed('x'));
  expect((await stat(path)).uid).toBe(0);
  await placeSeed(paths(), 'uid-c', seed('x'), { uid: 65_534, gid: 65_534 });
  expect((await stat(path)).uid).toBe(65_534);
});

test('an API that refuses a Secret is a problem of the start, and of nothing else', async () => {
  const forbidden = new ApiError(403, { message: 'secrets "s" is forbidden' } as never);
  const context = { client: { get: () => Promise.reject(forbidden) }, settings: { resyncMs: 30_000 } } as never;
  const vm = machine({ cloudInit: { noCloud: { userData: { secretRef: { name: 's' } } } } });
  const view = await new SeedLook().at(context, { paths: paths() } as never, vm);
  expect(view.problem).toMatchObject({ reason: 'CloudInitUnreadable', message: expect.stringContaining('forbidden') });
  expect(view.againMs).toBeLessThanOrEqual(2000);
});
