import type { Scenarios } from '../scenario.ts';
import { disk, disks, PATCHES, versionOf } from './objects.ts';

const FINALIZERS = { finalizers: ['vmctl.dev/a', 'vmctl.dev/b'] };

/** Deletion: options, preconditions, finalizers. */
export const remove: Scenarios = {
  plain: async (session) => {
    const { send } = session;
    const create = (step: string) => send(step, { method: 'POST', path: disks(session), body: disk('a') });
    const remove = (step: string, body?: unknown, query = '') =>
      send(step, { method: 'DELETE', path: disks(session, `a${query}`), body });
    await create('create');
    await remove('delete');
    await remove('delete again');
    await create('create 2');
    await remove('options without a kind', { propagationPolicy: 'Background' });
    await create('create 3');
    const dry = (propagationPolicy: string): object => ({ propagationPolicy, dryRun: ['All'], gracePeriodSeconds: 30 });
    await remove('foreground, dry', { apiVersion: 'v1', kind: 'DeleteOptions', ...dry('Foreground') });
    await remove('orphan, dry', dry('Orphan'));
    await remove('background, dry', dry('Background'));
    await remove('background in the query', undefined, '?dryRun=All&propagationPolicy=Background');
    await send('is still there', { path: disks(session, 'a') });
    await remove('options in both places', { propagationPolicy: 'Background' }, '?dryRun=All');
    await send('get after options in both places', { path: disks(session, 'a') });
  },

  'options that are wrong': async (session) => {
    const { send } = session;
    await send('create', { method: 'POST', path: disks(session), body: disk('a') });
    const remove = (step: string, body?: unknown, query = '') =>
      send(step, { method: 'DELETE', path: disks(session, `a${query}`), body });
    await remove('policy', { propagationPolicy: 'Odd' });
    await remove('policy in the query', undefined, '?propagationPolicy=Odd');
    await remove('policy and orphan', { propagationPolicy: 'Background', orphanDependents: true });
    await remove('other uid', { preconditions: { uid: '11111111-1111-1111-1111-111111111111' } });
    await remove('other version', { preconditions: { resourceVersion: '1' } });
    await remove('dry run', { dryRun: ['Some'] });
    await remove('not JSON', '{');
    await remove('text', '"x"');
    await remove('other kind', { apiVersion: 'v1', kind: 'Pod' });
    await remove('our kind', disk('a'));
    await remove('unknown field', { odd: 1 });
    await remove('negative grace', { gracePeriodSeconds: -1 });
    await remove('grace is text', { gracePeriodSeconds: 'x' });
    await remove('grace in the query', undefined, '?gracePeriodSeconds=x');
  },

  'preconditions that hold': async (session) => {
    const { send } = session;
    const made = await send('create', { method: 'POST', path: disks(session), body: disk('a') });
    const { uid } = (made.body as { metadata: { uid: string } }).metadata;
    const preconditions = { uid, resourceVersion: versionOf(made) };
    await send('delete', { method: 'DELETE', path: disks(session, 'a'), body: { preconditions } });
  },

  finalizers: async (session) => {
    const { send } = session;
    const patch = (step: string, body: unknown) =>
      send(step, { method: 'PATCH', path: disks(session, 'a'), type: PATCHES.merge, body });
    await send('create', { method: 'POST', path: disks(session), body: disk('a', { size: '1Gi' }, FINALIZERS) });
    await send('delete', { method: 'DELETE', path: disks(session, 'a') });
    await send('delete again', { method: 'DELETE', path: disks(session, 'a') });
    await send('is there', { path: disks(session, 'a') });
    await send('create meanwhile', { method: 'POST', path: disks(session), body: disk('a') });
    await patch('add a finalizer', { metadata: { finalizers: ['vmctl.dev/a', 'vmctl.dev/b', 'vmctl.dev/c'] } });
    await patch('change the spec', { spec: { size: '2Gi' } });
    await patch('revive', { metadata: { deletionTimestamp: null } });
    await patch('remove one', { metadata: { finalizers: ['vmctl.dev/b'] } });
    await patch('remove the last', { metadata: { finalizers: null } });
    await send('is gone', { path: disks(session, 'a') });
  },

  'finalizers removed by a put': async (session) => {
    const { send } = session;
    await send('create', { method: 'POST', path: disks(session), body: disk('a', { size: '1Gi' }, FINALIZERS) });
    await send('background', { method: 'DELETE', path: disks(session, 'a?propagationPolicy=Background') });
    await send('put without', { method: 'PUT', path: disks(session, 'a'), body: disk('a') });
    await send('put without, known', {
      method: 'PUT',
      path: disks(session, 'a'),
      body: disk('a', { size: '1Gi' }, { finalizers: [] }),
    });
    await send('get', { path: disks(session, 'a') });
  },

  'dry run with finalizers': async (session) => {
    const { send } = session;
    await send('create', { method: 'POST', path: disks(session), body: disk('a', { size: '1Gi' }, FINALIZERS) });
    await send('delete, dry', { method: 'DELETE', path: disks(session, 'a'), body: { dryRun: ['All'] } });
    await send('get', { path: disks(session, 'a') });
    await send('delete the collection', { method: 'DELETE', path: disks(session) });
    await send('patch while deleted', {
      method: 'PATCH',
      path: disks(session, 'a'),
      type: PATCHES.merge,
      body: { metadata: { labels: { a: 'b' } } },
    });
  },
};
