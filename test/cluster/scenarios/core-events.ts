import type { Scenarios, Session } from '../scenario.ts';
import { core, of, PATCHES, TABLE } from './objects.ts';

const event = (session: Session, name: string, more: object = {}): Record<string, unknown> =>
  core('Event', name, {
    metadata: { name, namespace: session.namespace },
    involvedObject: {
      kind: 'VirtualMachine',
      namespace: session.namespace,
      name: 'web',
      apiVersion: 'vmctl.dev/v1alpha1',
    },
    reason: 'Started',
    message: 'It runs.',
    type: 'Normal',
    source: { component: 'vm-executor', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    ...more,
  });

/** Events in both of their forms. */
export const coreEvents: Scenarios = {
  events: async (session) => {
    const { send } = session;
    const path = of(session, 'events');
    await send('create', { method: 'POST', path, body: event(session, 'a.1') });
    await send('bad type', { method: 'POST', path, body: event(session, 'a.2', { type: 'Odd', reason: '' }) });
    await send('other namespace', {
      method: 'POST',
      path,
      body: event(session, 'a.3', { involvedObject: { kind: 'Node', namespace: 'elsewhere' } }),
    });
    await send('of nothing', { method: 'POST', path, body: core('Event', 'a.4') });
    await send('count', {
      method: 'PATCH',
      path: of(session, 'events', 'a.1'),
      type: PATCHES.strategic,
      body: { count: 2 },
    });
    await send('table', { path, accept: TABLE });
    for (const field of [
      'involvedObject.name%3Dweb',
      'involvedObject.kind%3DNode',
      'reason%3DStarted',
      'type%21%3DNormal',
      'source%3Dvm-executor',
      'involvedObject.uid%3D',
      'message%3Dx',
    ]) {
      await send(field, { path: of(session, 'events', `?fieldSelector=${field}`) });
    }
    const newer = `/apis/events.k8s.io/v1/namespaces/${session.namespace}/events`;
    await send('the same in events.k8s.io', { path: `${newer}/a.1` });
    await send('new form', {
      method: 'POST',
      path: newer,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'b.1' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        action: 'Start',
        reportingController: 'vmctl.dev/executor',
        reportingInstance: 'n1',
        reason: 'Started',
        note: 'It runs.',
        type: 'Normal',
        regarding: { kind: 'VirtualMachine', namespace: session.namespace, name: 'web' },
      },
    });
    await send('new form, not whole', {
      method: 'POST',
      path: newer,
      body: { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'b.2' } },
    });
    await send('the new one in v1', { path: of(session, 'events', 'b.1') });
  },
};
