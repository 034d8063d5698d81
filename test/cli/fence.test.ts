import { expect, test } from 'vitest';
import { isMarked, markPatch, type Node } from '../../cli/fence/mark.ts';
import { commandFor } from '../../cli/fence/plugin.ts';
import { runPlugin } from '../../cli/fence/run-plugin.ts';

test('the plug-in of a node goes before that of all, and is told the node’s name', () => {
  const plugins = {
    nodes: { a: ['ipmitool', '-H', '192.0.2.7', 'power', 'off'] },
    default: ['off', 'bmc-{node}', '{node}'],
  };
  expect(commandFor(plugins, 'a')).toEqual(['ipmitool', '-H', '192.0.2.7', 'power', 'off']);
  expect(commandFor(plugins, 'b')).toEqual(['off', 'bmc-b', 'b']);
});

test.each([
  [{ nodes: { b: ['off'] } }, 'name no command for the node "a"'],
  [{ default: 'ipmitool power off' }, 'is no list of words'],
  [{ default: [] }, 'is no list of words'],
  [{ default: ['off', 7] }, 'is no list of words'],
  [null, 'name no command'],
])('a plug-in that is none: %j', (plugins, words) => {
  expect(() => commandFor(plugins, 'a')).toThrow(words);
});

test('a node named like what every object has is no plug-in', () => {
  expect(() => commandFor({ nodes: {} }, 'constructor')).toThrow('name no command');
});

test('a plug-in that fails, hangs or is not there fences nothing', async () => {
  await runPlugin(['sh', '-c', 'test "$VMCTL_NODE" = a'], 'a', 60_000);
  await expect(runPlugin(['sh', '-c', 'echo no route >&2; exit 3'], 'a', 60_000)).rejects.toThrow(
    'sh did not turn the node a off: it ended with 3; it said: no route',
  );
  await expect(runPlugin(['sleep', '60'], 'a', 100)).rejects.toThrow('it took longer than 0.1 s');
  await expect(runPlugin(['vmctl-no-such-program'], 'a', 1000)).rejects.toThrow('is it installed?');
});

test('the mark is the taint of Kubernetes, beside those that there are', () => {
  const other = { key: 'gpu', effect: 'NoSchedule' };
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', resourceVersion: '7' },
    spec: { taints: [other] },
  };
  const marked = markPatch(node, { by: 'ipmitool', at: '2026-01-02T03:04:05.000Z' });
  expect(marked).toEqual({
    metadata: {
      resourceVersion: '7',
      annotations: { 'vmctl.dev/fenced-at': '2026-01-02T03:04:05.000Z', 'vmctl.dev/fenced-by': 'ipmitool' },
    },
    spec: { taints: [other, { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] },
  });
  expect(isMarked({ ...node, spec: marked.spec })).toBe(true);
  const back = markPatch({ ...node, spec: marked.spec }, undefined);
  expect(back.spec.taints).toEqual([other]);
  expect(back.metadata.annotations).toEqual({ 'vmctl.dev/fenced-at': null, 'vmctl.dev/fenced-by': null });
});
