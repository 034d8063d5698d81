import { expect, test } from 'vitest';
import { humanDuration } from '../../executor/apiserver/table/duration.ts';
import { jsonPath } from '../../executor/apiserver/table/jsonpath.ts';

const [second, minute, hour, day, year] = [1, 60, 3600, 86_400, 31_536_000] as const;

/** From k8s.io/apimachinery `duration_test.go`. */
test.each<[seconds: number, text: string]>([
  [second, '1s'],
  [70 * second, '70s'],
  [190 * second, '3m10s'],
  [70 * minute, '70m'],
  [47 * hour, '47h'],
  [49 * hour, '2d1h'],
  [8 * day + 2 * hour, '8d'],
  [367 * day, '367d'],
  [2 * year + 3 * hour + 20 * minute + 10 * second, '2y'],
  [3 * year + 3 * day, '3y3d'],
  [8 * year + 2 * day, '8y'],
  [4 * hour, '4h'],
  [4 * hour + 5 * minute, '4h5m'],
  [-0.5, '0s'],
  [-5, '<invalid>'],
])('%d s is shown as %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));

const object = {
  metadata: { labels: { 'a.b/c': 'labelled' } },
  spec: { cores: 0, on: false, empty: '' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', weight: 3 },
      { type: 'Other', status: 'False', weight: 9 },
    ],
  },
};

test.each<[path: string, found: unknown[]]>([
  ['.spec.cores', [0]],
  ['{.spec.on}', [false]],
  ['spec.empty', ['']],
  ['.spec.absent.deep', []],
  ['.status.conditions[0].type', ['Ready']],
  ['.status.conditions[-1].type', ['Other']],
  ['.status.conditions[7].type', []],
  ['.status.conditions[*].type', ['Ready', 'Other']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ["$.status.conditions[?(@.type=='Other')].status", ['False']],
  ['.status.conditions[?(@.weight>5)].type', ['Other']],
  ['.status.conditions[?(@.weight)].type', ['Ready', 'Other']],
  ['..weight', [3, 9]],
  ["['metadata'].labels['a.b/c']", ['labelled']],
  ['.metadata.labels.a\\.b/c', []],
  ['.spec[', []],
])('%s finds %j', (path, found) => expect(jsonPath(object, path)).toEqual(found));
