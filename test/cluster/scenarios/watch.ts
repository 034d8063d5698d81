import type { Scenarios, Session } from '../scenario.ts';
import { disk, disks, PATCHES, TABLE, versionOf } from './objects.ts';

const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';

const create = (session: Session, name: string, metadata = {}) =>
  session.send(`create ${name}`, { method: 'POST', path: disks(session), body: disk(name, { size: '1Gi' }, metadata) });

const label = (session: Session, name: string, value: string | null) =>
  session.send(`label ${name} ${value}`, {
    method: 'PATCH',
    path: disks(session, name),
    type: PATCHES.merge,
    body: { metadata: { labels: { tier: value } } },
  });

/** Watches: what they begin with, what selectors make of events, resuming, and versions that are gone. */
export const watch: Scenarios = {
  'from nothing': async (session) => {
    await create(session, 'a');
    await create(session, 'b');
    const watching = await session.watch('watch', disks(session, '?watch=true'));
    await watching.take(2);
    await label(session, 'a', 'x');
    await session.send('delete b', { method: 'DELETE', path: disks(session, 'b') });
    await create(session, 'c');
    await watching.take(3);
    watching.close();
  },

  resumed: async (session) => {
    const first = await create(session, 'a');
    await label(session, 'a', 'x');
    const second = await create(session, 'b');
    await session.send('delete a', { method: 'DELETE', path: disks(session, 'a') });
    const watching = await session.watch(
      'after the first',
      disks(session, `?watch=1&resourceVersion=${versionOf(first)}`),
    );
    await watching.take(3);
    watching.close();
    const later = await session.watch(
      'after the second',
      disks(session, `?watch=1&resourceVersion=${versionOf(second)}`),
    );
    await later.take(1);
    later.close();
  },

  'with selectors': async (session) => {
    const made = await create(session, 'a', { labels: { tier: 'x' } });
    const since = `resourceVersion=${versionOf(made)}`;
    const selected = await session.watch('labels', disks(session, `?watch=1&${since}&labelSelector=tier%3Dx`));
    const named = await session.watch('fields', disks(session, `?watch=1&${since}&fieldSelector=metadata.name%3Db`));
    await label(session, 'a', 'y');
    await create(session, 'b');
    await label(session, 'a', 'x');
    await label(session, 'b', 'x');
    await label(session, 'b', null);
    await session.send('delete b', { method: 'DELETE', path: disks(session, 'b') });
    await session.send('delete a', { method: 'DELETE', path: disks(session, 'a') });
    await selected.take(5);
    await named.take(4);
    selected.close();
    named.close();
  },

  'one object': async (session) => {
    await create(session, 'a');
    const watching = await session.watch('by name', disks(session, '?watch=1&fieldSelector=metadata.name%3Da'));
    await watching.take(1);
    await label(session, 'a', 'x');
    await watching.take(1);
    watching.close();
  },

  'in other forms': async (session) => {
    await create(session, 'a');
    const table = await session.watch('table', disks(session, '?watch=1'), TABLE);
    const metadata = await session.watch('metadata', disks(session, '?watch=1'), METADATA);
    await label(session, 'a', 'x');
    await session.send('delete a', { method: 'DELETE', path: disks(session, 'a') });
    await table.take(3);
    await metadata.take(3);
    table.close();
    metadata.close();
  },

  'the list first': async (session) => {
    await create(session, 'a');
    await create(session, 'b');
    const query = '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watching = await session.watch('initial events', disks(session, query));
    await watching.take(3);
    await create(session, 'c');
    await watching.take(1);
    watching.close();
  },

  'that ends': async (session) => {
    await create(session, 'a');
    const watching = await session.watch('a few seconds', disks(session, '?watch=1&timeoutSeconds=4'));
    await watching.take(5);
  },

  'that is refused': async (session) => {
    await create(session, 'a');
    const queries = [
      'watch=1&resourceVersion=x',
      'watch=1&sendInitialEvents=true',
      'watch=1&resourceVersionMatch=Exact&resourceVersion=1',
      'watch=1&resourceVersion=1',
      'watch=1&labelSelector=a%20b',
      'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      'watch=1&fieldSelector=odd%3D1',
      'watch=1&timeoutSeconds=x',
      'watch=maybe',
    ];
    for (const query of queries) {
      const watching = await session.watch(query, disks(session, `?timeoutSeconds=4&${query}`));
      await watching.take(1);
      watching.close();
    }
  },

  'of finalizers at work': async (session) => {
    const made = await create(session, 'a', { finalizers: ['vmctl.dev/a'] });
    const watching = await session.watch('watch', disks(session, `?watch=1&resourceVersion=${versionOf(made)}`));
    await session.send('delete', { method: 'DELETE', path: disks(session, 'a') });
    await session.send('release', {
      method: 'PATCH',
      path: disks(session, 'a'),
      type: PATCHES.merge,
      body: { metadata: { finalizers: null } },
    });
    await watching.take(2);
    watching.close();
  },

  'of no change': async (session) => {
    const made = await create(session, 'a');
    const watching = await session.watch('watch', disks(session, `?watch=1&resourceVersion=${versionOf(made)}`));
    await session.send('put the same', { method: 'PUT', path: disks(session, 'a'), body: disk('a') });
    await label(session, 'a', 'x');
    await watching.take(1);
    watching.close();
  },
};
