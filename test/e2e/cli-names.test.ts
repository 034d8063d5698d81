import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome } from './cli-home.ts';

/** What people and scripts get wrong, and what would do harm in a path, a shell, a URL, a terminal or qemu's options. */
const ODD = [
  'Web',
  'a b',
  '../../etc/passwd',
  'a/b',
  '-x',
  'ü',
  '日本',
  'a\nb',
  '\u001b[31m',
  '"; rm -rf /',
  '$(id)',
  '%2e%2e',
  'a?b=c',
  'a#b',
  "a'b",
  'a,b',
  'a:b',
  '__proto__',
  '.',
  '..',
  'x'.repeat(254),
];

/** Each verb with a name in the place where it takes one. */
const VERBS: readonly ((name: string) => string[])[] = [
  (name) => ['create', name, '--disk-size', '1Mi'],
  (name) => ['create', 'web', '--image', name],
  (name) => ['create', 'web', '--disk', name],
  (name) => ['create', 'web', '--disk-size', '1Mi', '--network', name],
  (name) => ['create', 'web', '--disk-size', '1Mi', '--pool', name],
  (name) => ['get', 'vm', name],
  (name) => ['get', `vm/${name}`],
  (name) => ['get', 'vm', '-n', name],
  (name) => ['describe', 'vm', name],
  (name) => ['edit', 'vm', name],
  (name) => ['delete', 'vm', name],
  ...['start', 'stop', 'restart', 'reset', 'pause', 'resume', 'logs', 'console', 'showcmd', 'snapshot'].map(
    (verb) => (name: string) => [verb, name],
  ),
  (name) => ['wait', 'vm', name],
  (name) => ['events', `vm/${name}`],
  (name) => ['snapshot', 'create', 'web', name],
  (name) => ['snapshot', 'list', name],
  (name) => ['snapshot', 'revert', name],
  (name) => ['snapshot', 'delete', name],
  (name) => ['disk', 'create', name, '--size', '1Mi'],
  (name) => ['disk', 'create', 'd', '--image', name],
  (name) => ['disk', 'resize', name, '1Gi'],
  (name) => ['image', 'import', 'http://127.0.0.1:1/x', '--name', name],
  (name) => ['import', '/dev/null', '--name', name],
];

/** What a crash looks like. */
const CRASH = /TypeError|ReferenceError|at \S+ \(|node:internal|undefined|\[object Object\]/;

describe('odd names', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
  });
  afterAll(() => person[Symbol.asyncDispose]());

  it.each(VERBS.map((verb) => [verb('NAME').join(' '), verb] as const))(
    'are refused with a sentence by: %s',
    async (_, verb) => {
      for (const name of ODD) {
        const { code, stdout, stderr } = await person.vmctl(...verb(name));
        const what = `vmctl ${verb(name).join(' ')}\n${stderr}`;
        expect([2, 3], what).toContain(code);
        expect(stderr, what).toMatch(/^vmctl: .+/);
        expect(stderr, what).not.toMatch(CRASH);
        expect(stderr, what).not.toContain('\u001b');
        expect(stdout, what).toBe('');
      }
    },
  );

  it('make nothing', async () => {
    expect(await person.ok('get', 'vm,vmd,vmsn,vmi', '-A', '-o', 'name')).toBe('');
  });
});
