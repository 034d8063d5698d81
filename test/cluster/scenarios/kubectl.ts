import type { Scenarios, Session } from '../scenario.ts';
import { disk, disks } from './objects.ts';

const asInput = (value: unknown): string => JSON.stringify(value);

const run = (session: Session) => (step: string, args: readonly string[], input?: unknown) =>
  session.kubectl(step, ['-n', session.namespace, ...args], input === undefined ? undefined : asInput(input));

/** What kubectl 1.32 prints. The CRD server alone has no OpenAPI, so nothing that needs it is compared here. */
export const kubectl: Scenarios = {
  'create and get': async (session) => {
    const k = run(session);
    await k('create', ['create', '--validate=false', '-f', '-'], disk('a'));
    await k('create again', ['create', '--validate=false', '-f', '-'], disk('a'));
    await k('get', ['get', 'vmd']);
    await k('get wide', ['get', 'vmd', '-o', 'wide', '--show-labels', '--label-columns', 'x']);
    await k('get no headers', ['get', 'vmd', 'a', '--no-headers']);
    await k('get name', ['get', 'vmd', '-o', 'name']);
    await k('get yaml', ['get', 'vmd', 'a', '-o', 'yaml']);
    await k('get with managed fields', ['get', 'vmd', 'a', '-o', 'json', '--show-managed-fields']);
    await k('get columns', ['get', 'vmd', '-o', 'custom-columns=N:.metadata.name,S:.spec.size']);
    await k('get path', ['get', 'vmd', '-o', 'jsonpath={.items[*].spec.pool}']);
    await k('get none', ['get', 'vmd', 'none']);
    await k('get one of two', ['get', 'vmd', 'a', 'none']);
    await k('get nothing', ['get', 'vm']);
    await k('get category', ['get', 'vms']);
    await k('get no such kind', ['get', 'nothing']);
    await k('get by group', ['get', 'virtualmachinedisks.v1alpha1.vmctl.dev/a']);
    await k('get sorted', ['get', 'vmd', '--sort-by', '.metadata.name']);
    await k('get selected', ['get', 'vmd', '-l', 'a=b', '--field-selector', 'spec.pool=default']);
    await k('get badly selected', ['get', 'vmd', '--field-selector', 'spec.size=1']);
    await k('get everywhere', ['get', 'vmd', '-A', '--field-selector', `metadata.namespace=${session.namespace}`]);
    await k('get raw', ['get', '--raw', disks(session, 'a')]);
  },

  change: async (session) => {
    const k = run(session);
    await k('apply', ['apply', '--validate=false', '-f', '-'], disk('a'));
    await k('apply again', ['apply', '--validate=false', '-f', '-'], disk('a'));
    await k('apply a change', ['apply', '--validate=false', '-f', '-'], disk('a', { size: '2Gi' }));
    await k('diff', ['diff', '-f', '-'], disk('a', { size: '2Gi' }));
    await k('apply, dry', ['apply', '--dry-run=server', '--validate=false', '-f', '-'], disk('a', { size: '3Gi' }));
    await k('apply, wrong', ['apply', '--validate=false', '-f', '-'], disk('a', { size: 'big' }));
    await k(
      'apply, server side',
      ['apply', '--server-side', '--validate=false', '-f', '-'],
      disk('a', { size: '4Gi' }),
    );
    await k(
      'apply, server side, conflict',
      ['apply', '--server-side', '--validate=false', '--field-manager=x', '-f', '-'],
      disk('a', { size: '5Gi' }),
    );
    await k(
      'apply, server side, forced',
      ['apply', '--server-side', '--validate=false', '--force-conflicts', '--field-manager=x', '-f', '-'],
      disk('a', { size: '5Gi' }),
    );
    await k('label', ['label', 'vmd', 'a', 'x=y']);
    await k('label again', ['label', 'vmd', 'a', 'x=z']);
    await k('label over', ['label', '--overwrite', 'vmd', 'a', 'x=z']);
    await k('annotate', ['annotate', 'vmd', 'a', 'x=y']);
    await k('patch', ['patch', 'vmd', 'a', '--type=merge', '-p', '{"spec":{"size":"8Gi"}}']);
    await k('patch, no type', ['patch', 'vmd', 'a', '-p', '{"spec":{"size":"8Gi"}}']);
    await k('patch, wrong', ['patch', 'vmd', 'a', '--type=merge', '-p', '{"spec":{"size":"1Gi"}}']);
    await k('patch status', [
      'patch',
      'vmd',
      'a',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"Ready"}}',
    ]);
    await k('replace', ['replace', '--validate=false', '-f', '-'], disk('a', { size: '16Gi' }));
    await k('wait', ['wait', '--for=jsonpath={.status.phase}=Ready', 'vmd/a', '--timeout=5s']);
    await k('wait for none', ['wait', '--for=delete', 'vmd/none', '--timeout=5s']);
    await k('delete', ['delete', 'vmd', 'a']);
    await k('delete again', ['delete', 'vmd', 'a']);
    await k('delete, ignored', ['delete', 'vmd', 'a', '--ignore-not-found']);
    await k('delete all', ['delete', 'vmd', '--all']);
  },

  'look closely': async (session) => {
    const k = run(session);
    await k('apply', ['apply', '--validate=false', '-f', '-'], disk('a', { size: '1Gi' }, { labels: { x: 'y' } }));
    await k('apply another', ['apply', '--validate=false', '-f', '-'], disk('b'));
    await k('describe', ['describe', 'vmd', 'a']);
    await k('describe all', ['describe', 'vmd']);
    await k('describe selected', ['describe', 'vmd', '-l', 'x=y']);
    await k('describe none', ['describe', 'vmd', 'none']);
    await k('last applied', ['apply', 'view-last-applied', 'vmd/a']);
    await k('get a template', ['get', 'vmd', '-o', 'go-template={{range .items}}{{.metadata.name}} {{end}}']);
    await k('get what a file names', ['get', '-f', '-'], disk('a'));
    await k('get in chunks', ['get', 'vmd', '--chunk-size=1', '--sort-by', '.metadata.name']);
    await k('get a subresource', ['get', 'vmd', 'a', '--subresource=status', '-o', 'jsonpath={.metadata.name}']);
    await k('get several kinds', ['get', 'vmd,vmsn']);
    await k('events', ['events', '--for', 'vmd/a']);
    await k('resources', ['api-resources', '--api-group=vmctl.dev', '--sort-by=name']);
    await k('may', ['auth', 'can-i', 'delete', 'vmd']);
  },

  'change more': async (session) => {
    const k = run(session);
    await k('create', ['create', '--validate=false', '-f', '-'], disk('a'));
    await k('create, dry', ['create', '--validate=false', '--dry-run=server', '-o', 'name', '-f', '-'], disk('b'));
    await k('edit', ['edit', '--validate=false', 'vmd', 'a']);
    await k('edited', ['get', 'vmd', 'a', '-o', 'jsonpath={.spec.size}']);
    await k('wait until it is', ['wait', '--for=create', 'vmd/a', '--timeout=5s']);
    await k('wait too long', ['wait', '--for=condition=Ready', 'vmd/a', '--timeout=0']);
    await k('patch, JSON', [
      'patch',
      'vmd',
      'a',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/spec/size","value":"9Gi"}]',
    ]);
    await k('label away', ['label', 'vmd', 'a', 'x-']);
    await k('label all', ['label', 'vmd', '--all', 'x=y']);
    await k('annotate, bad', ['annotate', 'vmd', 'a', 'x/y/z=1']);
    await k('replace, forced', ['replace', '--force', '--validate=false', '-f', '-'], disk('a', { size: '3Gi' }));
    await k('replace none', ['replace', '--validate=false', '-f', '-'], disk('none'));
    await k('delete selected', ['delete', 'vmd', '-l', 'x=y']);
    await k('delete without waiting', ['delete', '--wait=false', '-f', '-'], disk('a'));
    await k('delete what is gone', ['delete', '-f', '-'], disk('a'));
  },
};
