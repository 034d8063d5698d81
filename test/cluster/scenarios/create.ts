import type { Scenarios } from '../scenario.ts';
import { disk, disks, machine, machines, versionOf } from './objects.ts';

/** Create, get and update. */
export const create: Scenarios = {
  'create, get and replace': async (session) => {
    const { send } = session;
    const made = await send('create', { method: 'POST', path: disks(session), body: disk('a') });
    await send('get', { path: disks(session, 'a') });
    await send('create again', { method: 'POST', path: disks(session), body: disk('a') });
    const next = { ...disk('a', { size: '2Gi' }), metadata: (made.body as { metadata: object }).metadata };
    await send('replace', { method: 'PUT', path: disks(session, 'a'), body: next });
    await send('replace, version gone by', { method: 'PUT', path: disks(session, 'a'), body: next });
    await send('replace without a version', {
      method: 'PUT',
      path: disks(session, 'a'),
      body: disk('a', { size: '3Gi' }),
    });
    await send('replace with no change', {
      method: 'PUT',
      path: disks(session, 'a'),
      body: disk('a', { size: '3Gi' }),
    });
    await send('replace what is not there', { method: 'PUT', path: disks(session, 'b'), body: disk('b') });
    await send('replace, names differ', { method: 'PUT', path: disks(session, 'a'), body: disk('b') });
    await send('replace, other uid', {
      method: 'PUT',
      path: disks(session, 'a'),
      body: disk('a', { size: '3Gi' }, { uid: '11111111-1111-1111-1111-111111111111' }),
    });
  },

  'generated names': async (session) => {
    const body = (prefix: string): object => ({ ...disk(''), metadata: { generateName: prefix } });
    const { body: made } = await session.send('create, dry run', {
      method: 'POST',
      path: disks(session, '?dryRun=All&fieldManager=x'),
      body: { ...disk(''), metadata: { generateName: 'web-', name: 'fixed' } },
    });
    if (!made) throw new Error('no answer');
    await session.send('bad prefix', { method: 'POST', path: disks(session), body: body('Web_') });
    await session.send('no name at all', { method: 'POST', path: disks(session), body: disk('', {}) });
  },

  'metadata that is wrong': async (session) => {
    const metadata: Record<string, object> = {
      'upper case name': { name: 'Web' },
      'name with a slash': { name: 'a/b' },
      'long name': { name: 'a'.repeat(254) },
      'name too long for our rule': { name: 'a'.repeat(64) },
      'bad label key': { name: 'a', labels: { 'a b': 'c' } },
      'bad label value': { name: 'a', labels: { a: 'b c' } },
      'long label value': { name: 'a', labels: { a: 'b'.repeat(64) } },
      'bad annotation key': { name: 'a', annotations: { 'a b': 'c' } },
      'label key of three parts': { name: 'a', labels: { 'a/b/c': 'd' } },
      'finalizer of three parts': { name: 'a', finalizers: ['a/b/c'] },
      'large annotations': { name: 'a', annotations: { a: 'b'.repeat(300_000) } },
      'bad finalizer': { name: 'a', finalizers: ['Not A Finalizer'] },
      'unqualified finalizer': { name: 'a', finalizers: ['plain'] },
      'owner without a uid': { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'b' }] },
      'owner without anything': { name: 'a', ownerReferences: [{}] },
      'owner that is an event': {
        name: 'a',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'b', uid: 'c' }],
      },
      'two controllers': {
        name: 'a',
        ownerReferences: ['b', 'c'].map((name) => ({
          apiVersion: 'v1',
          kind: 'Secret',
          name,
          uid: name,
          controller: true,
        })),
      },
      'other namespace': { name: 'a', namespace: 'elsewhere' },
      'unknown field': { name: 'a', color: 'red' },
      'labels are a list': { name: 'a', labels: [] },
      'label is a number': { name: 'a', labels: { a: 1 } },
      'version given': { name: 'a', resourceVersion: '5' },
      'generation given': {
        name: 'generation-given',
        generation: 7,
        uid: 'mine',
        creationTimestamp: '2001-01-01T00:00:00Z',
      },
      'deletion given': {
        name: 'deletion-given',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 5,
      },
      'selfLink given': { name: 'self-link-given', selfLink: '/here' },
    };
    for (const [step, value] of Object.entries(metadata)) {
      const body = { ...disk('a'), metadata: value };
      await session.send(step, { method: 'POST', path: disks(session), body });
    }
  },

  'dry run': async (session) => {
    const { send } = session;
    await send('create', { method: 'POST', path: disks(session, '?dryRun=All'), body: disk('a') });
    await send('is not there', { path: disks(session, 'a') });
    await send('create really', { method: 'POST', path: disks(session), body: disk('a') });
    await send('create again, dry', { method: 'POST', path: disks(session, '?dryRun=All'), body: disk('a') });
    await send('wrong, dry', { method: 'POST', path: disks(session, '?dryRun=All'), body: disk('b', { size: 'x' }) });
    await send('replace', { method: 'PUT', path: disks(session, 'a?dryRun=All'), body: disk('a', { size: '2Gi' }) });
    await send('delete', { method: 'DELETE', path: disks(session, 'a?dryRun=All') });
    await send('is still there', { path: disks(session, 'a') });
    await send('bad value', { method: 'POST', path: disks(session, '?dryRun=Some'), body: disk('c') });
  },

  'the status subresource': async (session) => {
    const { send } = session;
    const withStatus = { ...disk('a'), status: { phase: 'Ready' } };
    const made = await send('create drops status', { method: 'POST', path: disks(session), body: withStatus });
    await send('get status', { path: disks(session, 'a/status') });
    await send('replace keeps status', { method: 'PUT', path: disks(session, 'a'), body: withStatus });
    const { metadata } = made.body as { metadata: object };
    const status = { ...disk('a', { size: '9Gi' }), metadata, status: { phase: 'Ready', progress: 5 } };
    await send('replace status', { method: 'PUT', path: disks(session, 'a/status'), body: status });
    await send('replace status, version gone by', { method: 'PUT', path: disks(session, 'a/status'), body: status });
    const wrong = { ...disk('a'), status: { phase: 'Odd', progress: 500, nothing: 1 } };
    await send('replace status, wrong', { method: 'PUT', path: disks(session, 'a/status'), body: wrong });
    const merge = { method: 'PATCH', path: disks(session, 'a/status'), type: 'application/merge-patch+json' };
    await send('patch status', { ...merge, body: { status: { progress: 50 }, spec: { size: '99Gi' } } });
    await send('patch status with labels', {
      ...merge,
      body: { metadata: { labels: { a: 'b' }, finalizers: ['a/b'] } },
    });
    await send('get', { path: disks(session, 'a') });
    await send('post to status', { method: 'POST', path: disks(session, 'a/status'), body: status });
    await send('delete status', { method: 'DELETE', path: disks(session, 'a/status') });
  },

  'defaults and pruning': async (session) => {
    const body = machine('m', {
      disks: [{ name: 'a', blank: { size: '1Gi' }, odd: 1 }],
      nothing: { deep: true },
      cpu: {},
    });
    const made = await session.send('create', { method: 'POST', path: machines(session), body });
    versionOf(made);
    await session.send('null takes the default', {
      method: 'POST',
      path: machines(session),
      body: machine('n', { powerState: null, restartPolicy: null, disks: null }),
    });
    await session.send('sizes as numbers', {
      method: 'POST',
      path: machines(session),
      body: machine('o', { memory: { size: 268435456 } }),
    });
  },
};
