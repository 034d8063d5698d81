import { describe, expect, test } from 'vitest';
import type { CloudInit } from '../../schemas/cloud-init/index.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { base64, KEY, type Objects, problemOf } from './seeds.ts';

describe('what cannot become a seed is told with where it is, and never what it is', () => {
  const PRIVATE = '-----BEGIN OPENSSH PRIVATE KEY-----\nsecretsecret\n-----END OPENSSH PRIVATE KEY-----\n';
  const bomb = [
    'a: &a [x]',
    ...'bcdefghij'.split('').map((n, i) => `${n}: &${n} [${'*'.concat('abcdefghij'[i] ?? '', ',').repeat(9)}]`),
  ];
  const fromSecret = (value: string | Buffer): [CloudInit, Objects] => [
    { noCloud: { userData: { secretRef: { name: 's' } } } },
    { 'Secret/s': { userData: base64(value) } },
  ];

  test.each<[string, string, RegExp, [CloudInit, Objects]]>([
    [
      '10 MB',
      'CloudInitTooLarge',
      /key userData of the Secret s has 10000000 bytes/,
      fromSecret('x'.repeat(10_000_000)),
    ],
    [
      'no UTF-8',
      'CloudInitNotText',
      /key userData of the Secret s is not text/,
      fromSecret(Buffer.from([0x66, 0xff, 0xfe])),
    ],
    ['a zero', 'CloudInitNotText', /not text/, fromSecret('a\0b')],
    [
      'a bomb of aliases',
      'CloudInitInvalid',
      /its aliases multiply/,
      fromSecret(`#cloud-config\n${bomb.join('\n')}\n`),
    ],
    [
      'broken YAML',
      'CloudInitInvalid',
      /userData is not valid YAML at line 3, column 1$/,
      fromSecret('#cloud-config\na: [secretsecret\n'),
    ],
    ['YAML that is no map', 'CloudInitInvalid', /userData is not a map/, fromSecret('#cloud-config\n- a\n')],
    [
      'no such Secret',
      'SecretNotFound',
      /the Secret s .* not in the machine's namespace/,
      [{ noCloud: { userData: { secretRef: { name: 's' } } } }, {}],
    ],
    [
      'no such key',
      'KeyNotFound',
      /Secret s has no key userData/,
      [{ noCloud: { userData: { secretRef: { name: 's' } } } }, { 'Secret/s': { other: '' } }],
    ],
    [
      'a key of the prototype',
      'KeyNotFound',
      /no key constructor/,
      [{ noCloud: { userData: { configMapRef: { name: 'c', key: 'constructor' } } } }, { 'ConfigMap/c': {} }],
    ],
    [
      'meta data that is a list',
      'CloudInitInvalid',
      /metaData is not a map/,
      [{ noCloud: { metaData: { inline: '[1]' } } }, {}],
    ],
    [
      'a network without a version',
      'NetworkDataInvalid',
      /no version/,
      [{ noCloud: { networkData: { inline: 'ethernets: {}' } } }, {}],
    ],
    [
      'a private key',
      'KeyInvalid',
      /key id of the Secret k holds a private key/,
      [{ noCloud: { sshAuthorizedKeysRefs: [{ name: 'k' }] } }, { 'Secret/k': { id: base64(PRIVATE) } }],
    ],
    ['what is no key', 'KeyInvalid', /no SSH public key/, [{ noCloud: { sshAuthorizedKeys: ['hello'] } }, {}]],
    [
      'a password of two lines',
      'PasswordInvalid',
      /more than one line/,
      [
        { noCloud: { user: { passwordSecretRef: { name: 'p' } } } },
        { 'Secret/p': { password: base64('secretsecret\nroot:x') } },
      ],
    ],
  ])('%s', (_what, reason, message, [cloudInit, objects]) => {
    const problem = problemOf(cloudInit, objects);
    expect(problem.reason).toBe(reason);
    expect(problem.message).toMatch(message);
    expect(problem.message).not.toContain('secretsecret');
    expect(problem.message.length).toBeLessThan(300);
  });

  test.each([
    ['a newline in the host name', { noCloud: { hostName: 'web\nroot: x' } }],
    ['a space in it', { noCloud: { hostName: 'web a' } }],
    ['a Secret of another namespace', { noCloud: { userData: { secretRef: { name: 'other/secret' } } } }],
    ['two sources', { noCloud: { userData: { inline: 'a', secretRef: { name: 's' } } } }],
    ['both variants', { noCloud: {}, configDrive: {} }],
    ['more text than an object should hold', { noCloud: { userData: { inline: 'x'.repeat(65_537) } } }],
    ['an instance id that breaks a line', { noCloud: { instanceId: 'a\nb' } }],
    ['a second line in a key', { noCloud: { sshAuthorizedKeys: [`${KEY}\n${KEY}`] } }],
    ['a user that is an option', { noCloud: { user: { name: '-rf' } } }],
    ['an address that ends the serial number', { noCloud: { seedFrom: 'http://a;i=b/' } }],
    ['an address and data', { noCloud: { seedFrom: 'http://a/', userData: { inline: 'x' } } }],
  ])('%s does not even get into an object', (_what, cloudInit) => {
    const spec = { memory: { size: '1Gi' }, cloudInit };
    expect(kinds.VirtualMachine.spec.safeParse(spec).success).toBe(false);
  });
});
