import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseSimpleYaml } from '../../cli/kubeconfig/simple-yaml.ts';

/** As `kubectl config` writes one. */
const KUBECTL = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJU=
    extensions:
    - extension:
        last-update: Tue, 15 Jul 2025 10:00:00 UTC
        provider: minikube.sigs.k8s.io
      name: cluster_info
    server: https://192.168.49.2:8443
  name: minikube
contexts:
- context:
    cluster: minikube
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args: []
      command: "aws"
      env: null
      interactiveMode: IfAvailable
      provideClusterInfo: false
`;

describe('the quick reader of kubeconfigs', () => {
  it('reads what kubectl writes as a YAML parser does', () => {
    expect(parseSimpleYaml(KUBECTL)).toEqual(parse(KUBECTL));
    expect(parseSimpleYaml(stringify(parse(KUBECTL)))).toEqual(parse(KUBECTL));
  });

  it.each([
    'a: &x 1',
    'a: *x',
    'a: |\n  text',
    'a: >-\n  text',
    'a: {b: c}',
    'a: [b, c]',
    'a: 12',
    'a: 1e3',
    'a: 0x10',
    'a: yes',
    'a: ~',
    'a: .inf',
    'a: "b\\n"',
    'a: b # note',
    'a: b\n  c',
    'a: b\n  c: d',
    'a: b\na: c',
    '"a": b',
    '- - a',
    'a:\tb',
    'a: b: c',
    '%YAML 1.2\n---\na: b',
    'a: b\n---\nc: d',
    'a: !!str b',
    'a: 2025-01-01',
    '',
    'text',
    '? a',
    'true: b\n- c',
  ])('leaves %j to the YAML parser', (text) => {
    expect(parseSimpleYaml(text)).toBeUndefined();
  });

  it('never reads anything differently', () => {
    const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._/-]{0,8}$/);
    const leaf = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.constantFrom('LS0t=', 'https://a:1', '', 'no', '0o7'),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), fc.boolean(), (value, indentSeq) => {
        const text = stringify(value, { indentSeq, lineWidth: 0 });
        const read = parseSimpleYaml(text);
        if (read !== undefined) expect(read).toEqual(parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('never reads lines differently that nobody would write', () => {
    const line = fc.tuple(
      fc.constantFrom('', '  ', '    ', '- ', '  - '),
      fc.constantFrom('a', 'b', 'true', '1', '-', 'a-b'),
      fc.constantFrom(':', ': ', ': x', ': "q"', ": 'q'", ': {}', ' ', ': #c', ':x', ': x y', ': - z', ': -'),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = `${parts.map((part) => part.join('')).join('\n')}\n`;
        const read = parseSimpleYaml(text);
        if (read !== undefined) expect(read).toEqual(parse(text));
      }),
      { numRuns: 20_000 },
    );
  });
});
