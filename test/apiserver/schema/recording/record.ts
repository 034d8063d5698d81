/** Asks a real server's libraries for what is recorded, again: `record.ts ORACLE`. See README.md. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { recorded } from '../fixtures/recorded.ts';

type Line = Record<string, unknown>;

const [oracle] = process.argv.slice(2);
if (oracle === undefined) throw new Error('usage: record.ts ORACLE');

const at = (path: string): URL => new URL(`../fixtures/${path}`, import.meta.url);
const widget = parse(readFileSync(at('widget.yaml'), 'utf8'));
const { schema, spec } = JSON.parse(readFileSync(at('rules-schema.json'), 'utf8'));

const definition = (given: object, metadata: object = { name: 'foos.x.dev' }): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata,
  spec: given,
});

const ruled = (rule: unknown): object => {
  const properties = { spec: { ...schema, 'x-kubernetes-validations': [{ rule }] } };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
  };
  const names = { kind: 'Foo', listKind: 'FooList', plural: 'foos', singular: 'foo' };
  return definition({ group: 'x.dev', scope: 'Namespaced', names, versions: [version] });
};

function ask(requests: object[]): Line[] {
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
  const { stdout } = spawnSync(oracle ?? '', { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  const timeless = stdout.replace(/"time":"[^"]*"/g, '"time":"2026-01-01T00:00:00Z"');
  const answers = timeless.trim().split('\n');
  return answers.map((line) => sorted(JSON.parse(line) as Line));
}

/** Errors come in the random order of Go's maps. */
function sorted(answer: Line): Line {
  (answer['errors'] as object[] | undefined)?.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return answer;
}

/** Rewrites a file: each line's request, and the line with its answer. */
function again(path: string, request: (line: Line) => object, answered: (line: Line, answer: Line) => Line): void {
  const lines = recorded<Line>(path);
  const answers = ask(lines.map(request));
  writeFileSync(at(path), lines.map((line, i) => `${JSON.stringify(answered(line, answers[i] ?? {}))}\n`).join(''));
}

again(
  'recorded-objects.jsonl',
  ({ obj, old }) => ({ op: 'object', crd: widget, obj, old }),
  (line, { obj, pruned = [], errors = [] }) => ({ ...line, stored: obj, pruned, errors }),
);
again(
  'recorded-definitions.jsonl',
  ({ spec: given, metadata }) => ({ op: 'crd', crd: definition(given as object, metadata as object | undefined) }),
  (line, { errors = [] }) => ({ ...line, errors }),
);
again(
  'recorded-rules.jsonl',
  ({ rule }) => ({
    op: 'object',
    crd: ruled(rule),
    obj: { apiVersion: 'x.dev/v1', kind: 'Foo', metadata: { name: 'a' }, spec },
  }),
  (line, { errors = [] }) => ({ ...line, errors: (errors as { message: string }[]).map(({ message }) => message) }),
);
again(
  '../../apply/fixtures/recorded-ownership.jsonl',
  ({ op, manager, force, live, given }) => ({ op, crd: widget, manager, force, live, obj: given }),
  (line, { obj, errors }) => ({
    ...line,
    ...(obj === undefined ? {} : { stored: obj }),
    ...(errors === undefined
      ? {}
      : { conflicts: (errors as Line[]).map(({ field, message }) => ({ field, message })) }),
  }),
);
