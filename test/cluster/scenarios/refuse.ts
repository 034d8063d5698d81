import type { Scenarios } from '../scenario.ts';
import { disk, disks, GROUP } from './objects.ts';

/** Bodies and paths that no server takes. */
export const refuse: Scenarios = {
  'bodies that are no object': async (session) => {
    const path = disks(session);
    const bodies: Record<string, unknown> = {
      empty: '',
      'not JSON': '{"a":',
      'a list': '[]',
      'a number': '5',
      null: 'null',
      'no kind': { metadata: { name: 'a' } },
      'no apiVersion': { kind: 'VirtualMachineDisk', metadata: { name: 'a' }, spec: { size: '1Gi' } },
      'other kind': { ...disk('a'), kind: 'VirtualMachine' },
      'other version': { ...disk('a'), apiVersion: 'vmctl.dev/v1' },
      'other group': { ...disk('a'), apiVersion: 'v1' },
      'no metadata': { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineDisk', spec: { size: '1Gi' } },
      'metadata is text': { ...disk('a'), metadata: 'a' },
      'spec is text': { ...disk('a'), spec: 'x' },
      'spec is null': { ...disk('a'), spec: null },
      'no spec': { ...disk('a'), spec: undefined },
    };
    for (const [step, body] of Object.entries(bodies)) await session.send(step, { method: 'POST', path, body });
    const yaml = 'apiVersion: vmctl.dev/v1alpha1\nkind: VirtualMachineDisk\nmetadata: {name: why}\nspec: {size: 1Gi}\n';
    await session.send('yaml', { method: 'POST', path, body: yaml, type: 'application/yaml' });
    await session.send('bad yaml', { method: 'POST', path, body: 'a: [', type: 'application/yaml' });
    await session.send('xml', { method: 'POST', path, body: '<a/>', type: 'application/xml' });
    await session.send('get as xml', { path, accept: 'application/xml' });
    await session.send('get as yaml', { path: disks(session, 'why'), accept: 'application/yaml' });
  },

  'paths that lead nowhere': async (session) => {
    const { send } = session;
    await send('object', { path: disks(session, 'none') });
    await send('resource', { path: `${GROUP}/namespaces/default/nothings` });
    await send('version', { path: '/apis/vmctl.dev/v1/virtualmachines' });
    await send('group', { path: '/apis/none.dev/v1/virtualmachines' });
    await send('subresource', { path: disks(session, 'none/nothing') });
    await send('status of none', { path: disks(session, 'none/status') });
    await send('delete none', { method: 'DELETE', path: disks(session, 'none') });
    await send('create at an object', { method: 'POST', path: disks(session, 'x'), body: disk('x') });
    await send('put at a collection', { method: 'PUT', path: disks(session), body: disk('x') });
    await send('patch a collection', {
      method: 'PATCH',
      path: disks(session),
      body: {},
      type: 'application/merge-patch+json',
    });
    await send('create without a namespace', { method: 'POST', path: `${GROUP}/virtualmachinedisks`, body: disk('x') });
    await send('create in no namespace', {
      method: 'POST',
      path: `${GROUP}/namespaces/not-there/virtualmachinedisks`,
      body: disk('x'),
    });
    await send('list in no namespace', { path: `${GROUP}/namespaces/not-there/virtualmachinedisks` });
    await send('cluster kind in a namespace', { path: `${GROUP}/namespaces/default/virtualmachinenetworks` });
    await send('unknown verb', { method: 'FROB', path: disks(session) });
  },
};
