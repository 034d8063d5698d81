import { describe, expect, it } from 'vitest';
import { goalOf, valueAt } from '../../cli/wait/for.ts';
import { diskReady, gone, hasCondition, machineIs, snapshotReverted } from '../../cli/wait/judges.ts';
import { type Item, plainProgress } from '../../cli/wait/progress.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

const object = (status?: object, generation = 2): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'web', generation },
    status: status && { observedGeneration: 2, ...status },
  }) as KubeObject;

describe('a machine', () => {
  it.each([
    ['as asked', machineIs('Running')(object({ powerState: 'Running' })), 'done'],
    ['not yet looked at', machineIs('Running')(object({ powerState: 'Running' }, 3)), 'working'],
    ['on its way', machineIs('Running')(object({ powerState: 'Starting' })), 'working'],
    ['gone', machineIs('Running')(undefined), 'failed'],
    [
      'stalled',
      machineIs('Running')(
        object({ powerState: 'Stopped', conditions: [{ type: 'Stalled', status: 'True', message: 'no' }] }),
      ),
      'failed',
    ],
    [
      'not restarted yet',
      machineIs('Running', { kind: 'restart', token: 'b' })(
        object({ powerState: 'Running', requests: { restart: 'a' } }),
      ),
      'working',
    ],
    [
      'restarted',
      machineIs('Running', { kind: 'restart', token: 'b' })(
        object({ powerState: 'Running', requests: { restart: 'b' } }),
      ),
      'done',
    ],
  ])('that is %s', (_, verdict, state) => {
    expect(verdict.state).toBe(state);
  });

  it('that waits says for what', () => {
    const conditions = [{ type: 'Ready', status: 'False', message: 'there is no image "x"' }];
    expect(machineIs('Running')(object({ powerState: 'Stopped', conditions })).detail).toBe(
      'Stopped: there is no image "x"',
    );
  });
});

describe('other kinds', () => {
  it('are judged by phase, size and token', () => {
    expect(diskReady()(object({ phase: 'Creating', progress: 40 }))).toEqual({
      state: 'working',
      detail: 'Creating',
      percent: 40,
    });
    expect(diskReady(2048n)(object({ phase: 'Ready', virtualSize: '1Ki' })).state).toBe('working');
    expect(diskReady(2048n)(object({ phase: 'Ready', virtualSize: '2Ki' })).state).toBe('done');
    expect(diskReady()(object({ phase: 'Failed' })).state).toBe('failed');
    expect(snapshotReverted('b')(object({ phase: 'Ready', reverted: 'a' })).state).toBe('working');
    expect(snapshotReverted('b')(object({ phase: 'Ready', reverted: 'b' })).state).toBe('done');
    expect([gone(undefined).state, gone(object()).state]).toEqual(['done', 'working']);
  });

  it('have conditions, which count only for the newest spec', () => {
    const ready = (observedGeneration: number) =>
      object({ conditions: [{ type: 'Ready', status: 'True', observedGeneration, message: '' }] });
    expect(hasCondition('ready', 'true')(ready(2)).state).toBe('done');
    expect(hasCondition('Ready', 'True')(ready(1)).state).toBe('working');
    expect(hasCondition('Ready', 'False')(ready(2)).state).toBe('working');
    expect(hasCondition('Ready', 'True')(undefined).state).toBe('working');
  });
});

describe('--for', () => {
  const running = object({ powerState: 'Running', list: [{ type: 'A', v: 1 }], addresses: ['1.2.3.4'] });

  it.each([
    ['condition=Ready', 'working'],
    ['jsonpath={.status.powerState}=Running', 'done'],
    ['jsonpath=.status.powerState=Stopped', 'working'],
    ['jsonpath={.status.powerState}', 'done'],
    ['jsonpath={.status.addresses[0]}=1.2.3.4', 'done'],
    ['jsonpath={.status.list[?(@.type=="A")].v}=1', 'done'],
    ['jsonpath={.status.none}', 'working'],
    ['create', 'done'],
    ['delete', 'working'],
  ])('%s is %s', (text, state) => {
    expect(goalOf(text).judge(running).state).toBe(state);
  });

  it.each(['', 'ready', 'condition=', 'jsonpath=', 'jsonpath={status}', 'jsonpath={.a[*]}', 'jsonpath={.a..b}'])(
    '%j is not understood',
    (text) => {
      expect(() => goalOf(text)).toThrow(/is not understood|is not a path/);
    },
  );

  it('reads values without falling over what is not there', () => {
    expect(valueAt({ a: null }, '.a.b.c')).toBeUndefined();
    expect(valueAt({ a: { b: 1 } }, '.a[0]')).toBeUndefined();
  });
});

describe('progress where there is no terminal', () => {
  it('is a line for each change', () => {
    const lines: string[] = [];
    const progress = plainProgress((line) => lines.push(line));
    const item = (detail: string): Item => ({ name: 'web', state: 'working', detail });
    for (const detail of ['Starting', 'Starting', 'Running']) progress.set(item(detail));
    expect(lines).toEqual(['web: Starting\n', 'web: Running\n']);
  });
});
