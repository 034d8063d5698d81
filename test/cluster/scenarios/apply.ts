import type { Scenarios, Session } from '../scenario.ts';
import { disk, disks, machine, machines, PATCHES } from './objects.ts';

const applyAs =
  (session: Session, path: string) =>
  (step: string, manager: string, body: unknown, more = '') =>
    session.send(step, {
      method: 'PATCH',
      path: `${path}?${manager && `fieldManager=${manager}`}${more}`,
      type: PATCHES.apply,
      body,
    });

/** Server-side apply: who owns what, and what happens when two want it. */
export const apply: Scenarios = {
  'two managers': async (session) => {
    const apply = applyAs(session, disks(session, 'a'));
    await apply('first', 'one', disk('a', { size: '1Gi' }, { labels: { a: '1', b: '2' } }));
    await apply('same again', 'one', disk('a', { size: '1Gi' }, { labels: { a: '1', b: '2' } }));
    await apply('conflict', 'two', disk('a', { size: '2Gi' }, { labels: { a: 'x' } }));
    await apply('conflict, dry', 'two', disk('a', { size: '2Gi' }), '&dryRun=All');
    await apply('shared', 'two', disk('a', { size: '1Gi' }, { labels: { a: '1' } }));
    await apply('forced', 'two', disk('a', { size: '2Gi' }, { labels: { a: '1' } }), '&force=true');
    await apply('given up by one', 'one', disk('a', {}, { labels: { b: '2' } }));
    await apply('removed by one', 'one', disk('a', {}));
    await apply('given up by two', 'two', disk('a', { size: '2Gi' }));
    await apply('nothing left', 'two', {
      apiVersion: 'vmctl.dev/v1alpha1',
      kind: 'VirtualMachineDisk',
      metadata: { name: 'a' },
    });
    await session.send('get', { path: disks(session, 'a') });
  },

  'apply over updates': async (session) => {
    const apply = applyAs(session, disks(session, 'a'));
    const { send } = session;
    await send('create', {
      method: 'POST',
      path: disks(session, '?fieldManager=creator'),
      body: disk('a', { size: '1Gi' }, { labels: { a: '1' } }),
    });
    await apply('conflict with the creator', 'one', disk('a', { size: '2Gi' }, { labels: { a: '2' } }));
    await apply('agrees with the creator', 'one', disk('a', { size: '1Gi' }));
    await send('patch by a third', {
      method: 'PATCH',
      path: disks(session, 'a?fieldManager=third'),
      type: PATCHES.merge,
      body: { spec: { size: '4Gi' }, metadata: { annotations: { x: 'y' } } },
    });
    await apply('conflict with the third', 'one', disk('a', { size: '1Gi' }));
    await send('status by a fourth', {
      method: 'PATCH',
      path: disks(session, 'a/status?fieldManager=fourth'),
      type: PATCHES.merge,
      body: { status: { phase: 'Ready' } },
    });
    await send('status applied', {
      method: 'PATCH',
      path: disks(session, 'a/status?fieldManager=fifth'),
      type: PATCHES.apply,
      body: { ...disk('a', {}), spec: undefined, status: { phase: 'Failed', progress: 5 } },
    });
    await send('status applied by force', {
      method: 'PATCH',
      path: disks(session, 'a/status?fieldManager=fifth&force=true'),
      type: PATCHES.apply,
      body: { ...disk('a', {}), spec: undefined, status: { phase: 'Failed', progress: 5 } },
    });
    await send('put takes over', {
      method: 'PUT',
      path: disks(session, 'a?fieldManager=sixth'),
      body: disk('a', { size: '8Gi' }, { labels: { b: '1' } }),
    });
    await send('same manager updates', {
      method: 'PATCH',
      path: disks(session, 'a?fieldManager=one'),
      type: PATCHES.merge,
      body: { spec: { size: '9Gi' } },
    });
    await send('get', { path: disks(session, 'a') });
  },

  'lists of machines': async (session) => {
    const apply = applyAs(session, machines(session, 'm'));
    const blank = (name: string, size = '1Gi') => ({ name, blank: { size } });
    await apply('one disk', 'one', machine('m', { disks: [blank('a')], nodeSelector: { x: '1' } }));
    await apply('another disk', 'two', { ...machine('m'), spec: { disks: [blank('b')], nodeSelector: { y: '2' } } });
    await apply('the other order', 'three', { ...machine('m'), spec: { disks: [blank('b'), blank('a')] } });
    await apply('conflict in an element', 'four', { ...machine('m'), spec: { disks: [blank('b', '5Gi')] } });
    await apply('element by force', 'four', { ...machine('m'), spec: { disks: [blank('b', '5Gi')] } }, '&force=true');
    await apply('one leaves', 'one', machine('m', { disks: [] }));
    await apply('three leaves', 'three', { ...machine('m'), spec: {} });
    await apply('two leaves', 'two', { ...machine('m'), spec: {} });
    await apply('twice in a list', 'five', { ...machine('m'), spec: { disks: [blank('c'), blank('c')] } });
    await apply('no key in a list', 'five', { ...machine('m'), spec: { disks: [{ blank: { size: '1Gi' } }] } });
    await apply('graphics', 'five', {
      ...machine('m'),
      spec: { graphics: [{ vnc: {} }], tolerations: [{ key: 'a', operator: 'Exists' }] },
    });
    await apply('of a wrong type', 'six', { ...machine('m'), spec: { disks: 'none' } });
  },

  'finalizers and owners': async (session) => {
    const apply = applyAs(session, disks(session, 'a'));
    const owner = async (name: string): Promise<object> => {
      const { body } = await session.send(`create ${name}`, { method: 'POST', path: disks(session), body: disk(name) });
      const { uid } = (body as { metadata: { uid: string } }).metadata;
      return { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineDisk', name, uid };
    };
    const [first, second] = [await owner('o1'), await owner('o2')];
    await apply('first', 'one', disk('a', { size: '1Gi' }, { finalizers: ['x.dev/a'], ownerReferences: [first] }));
    await apply('second', 'two', disk('a', {}, { finalizers: ['x.dev/b'], ownerReferences: [second] }));
    await apply('first leaves', 'one', disk('a', { size: '1Gi' }));
    await apply('second leaves', 'two', disk('a', {}));
  },

  'requests that are wrong': async (session) => {
    const apply = applyAs(session, disks(session, 'a'));
    await apply('no manager', '', disk('a'));
    await apply('long manager', 'x'.repeat(129), disk('a'));
    await apply('manager with a newline', 'a%0Ab', disk('a'));
    await apply(
      'with managed fields',
      'one',
      disk('a', { size: '1Gi' }, { managedFields: [{ manager: 'x', operation: 'Apply' }] }),
    );
    await apply('other name', 'one', disk('b'));
    await apply('other kind', 'one', { ...disk('a'), kind: 'VirtualMachine' });
    await apply('other version', 'one', { ...disk('a'), apiVersion: 'vmctl.dev/v1' });
    await apply('no kind', 'one', { metadata: { name: 'a' } });
    await apply('other namespace', 'one', disk('a', { size: '1Gi' }, { namespace: 'elsewhere' }));
    await apply('wrong value', 'one', disk('a', { size: 'big' }));
    await apply('unknown field', 'one', disk('a', { size: '1Gi', odd: 1 }));
    await apply('with a version', 'one', disk('a', { size: '1Gi' }, { resourceVersion: '5' }));
    await apply('with a uid', 'one', disk('a', { size: '1Gi' }, { uid: '5' }));
    await apply('not YAML', 'one', 'a: [');
    await apply('a list', 'one', []);
    await apply(
      'YAML',
      'one',
      'apiVersion: vmctl.dev/v1alpha1\nkind: VirtualMachineDisk\nmetadata: {name: a}\nspec: {size: 1Gi}\n',
    );
    await apply('no name inside', 'one', { ...disk('a'), metadata: {} });
    await apply('null in the spec', 'one', disk('a', { size: '1Gi', source: null }));
  },
};
