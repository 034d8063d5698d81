import { expect, it } from 'vitest';
import type { Context } from '../../executor/controller/types.ts';
import { machinesElsewhere } from '../../executor/kinds/common/elsewhere.ts';

/** A client whose lists are answered by hand. */
function scene(ownMachinesOnly: boolean) {
  const asked: { query: Record<string, unknown>; answer: (page: object) => void; fail: (error: Error) => void }[] = [];
  const list = (_type: unknown, _namespace: string, { query }: { query: Record<string, unknown> }) =>
    new Promise((answer, fail) => {
      asked.push({ query, answer, fail });
    });
  const context = { client: { list }, store: { ownMachinesOnly }, nodeName: 'here' } as unknown as Context;
  return { asked, context, ask: () => machinesElsewhere(context, 'default') };
}

const page = (names: readonly string[], next = '') => ({
  items: names.map((name) => ({ metadata: { name, namespace: 'default' }, spec: { memory: { size: '1Gi' } } })),
  metadata: { resourceVersion: '1', continue: next },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));
const names = async (machines: ReturnType<typeof machinesElsewhere>) =>
  (await machines).map(({ metadata }) => metadata.name);

it('asks nobody where every machine is followed', async () => {
  const { asked, ask } = scene(false);
  expect(await ask()).toEqual([]);
  expect(asked).toEqual([]);
});

it('reads all pages of what other nodes have, and keeps only what names disks and images', async () => {
  const { asked, ask } = scene(true);
  const found = ask();
  expect(asked[0]?.query).toMatchObject({ fieldSelector: 'spec.nodeName!=here' });
  asked[0]?.answer(page(['a'], 'more'));
  await turn();
  expect(asked[1]?.query).toMatchObject({ continue: 'more' });
  asked[1]?.answer(page(['b']));
  expect(await found).toEqual([
    { metadata: { name: 'a', namespace: 'default' }, spec: {} },
    { metadata: { name: 'b', namespace: 'default' }, spec: {} },
  ]);
});

it('gives all that come during a list one that begins after it', async () => {
  const { asked, ask } = scene(true);
  const first = ask();
  const later = [ask(), ask(), ask()];
  expect(asked.length).toBe(1);
  asked[0]?.answer(page(['old']));
  expect(await names(first)).toEqual(['old']);
  await turn();
  expect(asked.length).toBe(2);
  asked[1]?.answer(page(['new']));
  for (const one of later) expect(await names(one)).toEqual(['new']);
});

it('asks again after a list that failed', async () => {
  const { asked, ask } = scene(true);
  const [first, second] = [ask(), ask()];
  asked[0]?.fail(new Error('the server is away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  asked[1]?.answer(page(['a']));
  expect(await names(second)).toEqual(['a']);
});
