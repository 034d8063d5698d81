import { describe, expect, it } from 'vitest';
import { type Asked, type Change, changes, type PowerVerb } from '../../cli/machine/power.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

type Observed = NonNullable<VirtualMachine['status']>['powerState'];

const machine = (
  powerState: VirtualMachine['spec']['powerState'],
  observed: Observed,
  more: object = {},
): VirtualMachine =>
  ({
    apiVersion: 'vmctl.dev/v1alpha1',
    kind: 'VirtualMachine',
    metadata: { name: 'web' },
    spec: { powerState },
    status: { powerState: observed, ...more },
  }) as VirtualMachine;

const asked = (force = false): Asked => ({ token: 't1', force });
const leftOff = { lastStop: { reason: 'GuestShutdown' } };

describe('what a verb changes', () => {
  it.each<[PowerVerb, VirtualMachine, boolean, Change]>([
    [
      'start',
      machine('Stopped', 'Stopped'),
      false,
      { spec: { powerState: 'Running' }, said: 'start requested', power: 'Running' },
    ],
    ['start', machine('Running', 'Running'), false, { said: 'runs already', power: 'Running' }],
    ['start', machine('Running', 'Starting'), false, { said: 'is starting already', power: 'Running' }],
    [
      'start',
      machine('Running', 'Stopped', leftOff),
      false,
      {
        spec: { requests: { restart: 't1' } },
        said: 'start requested',
        power: 'Running',
        request: { kind: 'restart', token: 't1' },
      },
    ],
    [
      'stop',
      machine('Running', 'Running'),
      false,
      { spec: { powerState: 'Stopped' }, said: 'stop requested', power: 'Stopped' },
    ],
    [
      'stop',
      machine('Running', 'Running'),
      true,
      { spec: { powerState: 'Stopped', stop: { method: 'Force' } }, said: 'stop by force requested', power: 'Stopped' },
    ],
    [
      'stop',
      machine('Stopped', 'Stopping'),
      true,
      { spec: { powerState: 'Stopped', stop: { method: 'Force' } }, said: 'stop by force requested', power: 'Stopped' },
    ],
    ['stop', machine('Stopped', 'Stopping'), false, { said: 'is stopping already', power: 'Stopped' }],
    ['stop', machine('Stopped', 'Stopped'), true, { said: 'is stopped already', power: 'Stopped' }],
    [
      'restart',
      machine('Running', 'Running'),
      false,
      {
        spec: { requests: { restart: 't1' } },
        said: 'restart requested',
        power: 'Running',
        request: { kind: 'restart', token: 't1' },
      },
    ],
    [
      'reset',
      machine('Paused', 'Paused'),
      false,
      {
        spec: { requests: { reset: 't1' } },
        said: 'reset requested',
        power: 'Paused',
        request: { kind: 'reset', token: 't1' },
      },
    ],
    [
      'pause',
      machine('Running', 'Running'),
      false,
      { spec: { powerState: 'Paused' }, said: 'pause requested', power: 'Paused' },
    ],
    ['pause', machine('Paused', 'Paused'), false, { said: 'is paused already', power: 'Paused' }],
    [
      'resume',
      machine('Paused', 'Paused'),
      false,
      { spec: { powerState: 'Running' }, said: 'resume requested', power: 'Running' },
    ],
    ['resume', machine('Running', 'Running'), false, { said: 'is not paused', power: 'Running' }],
  ])('%s %o (force: %o)', (verb, object, force, change) => {
    expect(changes[verb](object, asked(force))).toEqual(change);
  });

  it.each<PowerVerb>(['restart', 'reset', 'pause', 'resume'])('%s of a stopped machine is refused', (verb) => {
    expect(() => changes[verb](machine('Stopped', 'Stopped'), asked())).toThrow(/^machine "web" is stopped/);
  });
});
