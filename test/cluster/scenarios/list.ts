import type { Scenarios, Session } from '../scenario.ts';
import { disk, disks, GROUP, machine, machines, TABLE } from './objects.ts';

const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

async function createFive(session: Session): Promise<void> {
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const labels = { tier: index % 2 ? 'odd' : 'even', [`only-${name}`]: 'x' };
    const body = disk(name, { size: '1Gi', pool: index < 2 ? 'fast' : 'slow' }, { labels });
    await session.send(`create ${name}`, { method: 'POST', path: disks(session), body });
  }
}

const ATTEMPTS = 20;

/** A list at version 0 comes from the server's cache, which follows the store after a moment; one not older waits for it. */
async function reachCache(session: Session, last: string): Promise<void> {
  const { body } = await session.ask({ path: disks(session, last) });
  const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
  const path = disks(session, `?resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`);
  for (let attempts = ATTEMPTS; (await session.ask({ path })).status !== 200; attempts -= 1) {
    if (attempts === 0) throw new Error(`the cache of the server does not reach version ${resourceVersion}`);
  }
}

const continueOf = ({ body }: { readonly body: unknown }): string =>
  (body as { metadata?: { continue?: string } }).metadata?.continue ?? '';

/** Lists, selectors, chunks and tables. */
export const list: Scenarios = {
  selectors: async (session) => {
    await createFive(session);
    const queries = [
      'labelSelector=tier%3Dodd',
      'labelSelector=tier%21%3Dodd',
      'labelSelector=tier%20in%20(odd,even),only-a',
      'labelSelector=tier%20notin%20(odd)',
      'labelSelector=%21only-a',
      'labelSelector=only-a%3Dy',
      'labelSelector=a%20b',
      'labelSelector=%3D%3D',
      'labelSelector=a%20in%20()',
      'labelSelector=a%20in%20b',
      'labelSelector=x%3E1',
      'labelSelector=a%3D%2Fb%2Fc',
      'fieldSelector=metadata.name%3Da',
      'fieldSelector=metadata.name%21%3Da',
      'fieldSelector=spec.pool%3Dfast',
      'fieldSelector=spec.pool%3Dfast,metadata.name%3Db',
      'fieldSelector=spec.size%3D1Gi',
      'fieldSelector=odd',
      'fieldSelector=metadata.namespace%3Dnone',
      'fieldSelector=metadata.uid%3Dx',
      'fieldSelector=spec.pool%3D',
      'labelSelector=&fieldSelector=',
    ];
    for (const query of queries) await session.send(query, { path: disks(session, `?${query}`) });
    for (const query of queries.slice(0, 3))
      await session.send(`everywhere ${query}`, { path: `${GROUP}/virtualmachinedisks?${query},only-a` });
  },

  chunks: async (session) => {
    await createFive(session);
    const first = await session.send('first', { path: disks(session, '?limit=2') });
    const next = `continue=${encodeURIComponent(continueOf(first))}`;
    const second = await session.send('second', { path: disks(session, `?limit=2&${next}`) });
    await session.send('third', {
      path: disks(session, `?limit=2&continue=${encodeURIComponent(continueOf(second))}`),
    });
    await session.send('rest at once', { path: disks(session, `?${next}`) });
    await session.send('with a selector', { path: disks(session, '?limit=1&labelSelector=tier%3Dodd') });
    await session.send('selector that ends there', { path: disks(session, '?limit=2&labelSelector=tier%3Dodd') });
    await session.send('bad token', { path: disks(session, '?limit=2&continue=odd') });
    await session.send('token and version', { path: disks(session, `?${next}&resourceVersion=1`) });
    await session.send('bad limit', { path: disks(session, '?limit=x') });
    await session.send('negative limit', { path: disks(session, '?limit=-1') });
    await session.send('table', { path: disks(session, '?limit=2'), accept: TABLE });
  },

  versions: async (session) => {
    await createFive(session);
    await reachCache(session, 'e');
    const queries = [
      'resourceVersion=0',
      'resourceVersion=1&resourceVersionMatch=NotOlderThan',
      'resourceVersionMatch=Exact',
      'resourceVersion=0&resourceVersionMatch=Exact',
      'resourceVersion=x',
      'resourceVersion=1&resourceVersionMatch=Odd',
      'resourceVersion=-1',
      'sendInitialEvents=true',
      'timeoutSeconds=x',
      'pretty=true',
    ];
    for (const query of queries) await session.send(query, { path: disks(session, `?${query}`) });
    await session.send('get at 0', { path: disks(session, 'a?resourceVersion=0') });
    await session.send('get at a bad version', { path: disks(session, 'a?resourceVersion=x') });
    await session.send('list in the future', { path: disks(session, '?resourceVersion=999999999&timeoutSeconds=1') });
    await session.send('get in the future', { path: disks(session, 'a?resourceVersion=999999999&timeoutSeconds=1') });
  },

  tables: async (session) => {
    await createFive(session);
    const { send } = session;
    await send('list', { path: disks(session), accept: TABLE });
    await send('one', { path: disks(session, 'a'), accept: TABLE });
    for (const include of ['None', 'Metadata', 'Object', 'Odd']) {
      await send(`include ${include}`, {
        path: disks(session, `?includeObject=${include}&fieldSelector=metadata.name%3Da`),
        accept: TABLE,
      });
    }
    await send('empty', { path: machines(session), accept: TABLE });
    await send('create machine', { method: 'POST', path: machines(session), body: machine('m', { nodeName: 'n1' }) });
    await send('status', {
      method: 'PATCH',
      path: machines(session, 'm/status'),
      type: 'application/merge-patch+json',
      body: { status: { powerState: 'Running', nodeName: 'n1', addresses: ['10.0.0.1', '10.0.0.2'] } },
    });
    await send('machine', { path: machines(session), accept: TABLE });
    await send('old table', { path: disks(session, 'a'), accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' });
    await send('only a table', { path: disks(session, 'a'), accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await send('of no such version', {
      path: disks(session, 'a'),
      accept: 'application/json;as=Table;v=v9;g=meta.k8s.io',
    });
    await send('of no such kind', {
      path: disks(session, 'a'),
      accept: 'application/json;as=Chair;v=v1;g=meta.k8s.io',
    });
    await send('error', { path: disks(session, 'none'), accept: TABLE });
    await send('create answers a table', { method: 'POST', path: disks(session), body: disk('f'), accept: TABLE });
    await send('delete answers a table', { method: 'DELETE', path: disks(session, 'f'), accept: TABLE });
  },

  'metadata only': async (session) => {
    await createFive(session);
    await session.send('one', { path: disks(session, 'a'), accept: METADATA });
    await session.send('list', { path: disks(session, '?limit=2'), accept: METADATA_LIST });
    await session.send('list as one', { path: disks(session), accept: METADATA });
    await session.send('one as list', { path: disks(session, 'a'), accept: METADATA_LIST });
    await session.send('create', { method: 'POST', path: disks(session), body: disk('z'), accept: METADATA });
  },

  'a collection deleted': async (session) => {
    await createFive(session);
    const { send } = session;
    await send('bad selector', { method: 'DELETE', path: disks(session, '?labelSelector=a%20b') });
    await send('dry', { method: 'DELETE', path: disks(session, '?dryRun=All&labelSelector=tier%3Dodd') });
    await send('odd ones', { method: 'DELETE', path: disks(session, '?labelSelector=tier%3Dodd') });
    await send('left', { path: disks(session) });
    await send('rest', { method: 'DELETE', path: disks(session) });
    await send('none left', { path: disks(session) });
    await send('nothing to delete', { method: 'DELETE', path: disks(session) });
  },
};
