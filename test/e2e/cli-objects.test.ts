import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { testSinceKubectl } from '../apiserver/fixtures/kubectl.ts';
import { going } from './access.ts';
import { type CliHome, cliHome, QUICK } from './cli-home.ts';
import { until } from './until.ts';

const FORCED = { spec: { stop: { method: 'Force' } } };

describe('vmctl and objects', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const ok = (...args: string[]) => person.ok(...args);
  const vmctl = (...args: string[]) => person.vmctl(...args);
  const json = async (...args: string[]) => JSON.parse(await ok(...args, '-o', 'json'));
  const kubectl = async (...args: string[]) => (await person.run('kubectl', args)).stdout;

  /** The executor may write to an object between two looks at it. */
  const alike = async (one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<void> => {
    let seen: readonly unknown[] = [];
    const same = async () => {
      seen = [await one(), await other()];
      return isDeepStrictEqual(seen[0], seen[1]);
    };
    const what = () => `the same twice; it was ${JSON.stringify(seen, undefined, 1)}`;
    await until(same, { limitMs: 60_000, what });
  };

  describe('makes machines', () => {
    it('as flags say, and shows them without making them', async () => {
      const yaml = await ok('create', 'web', ...QUICK, '--cpus', '2', '-o', 'yaml', '--dry-run=client');
      expect(parse(yaml)).toMatchObject({
        metadata: { name: 'web' },
        spec: { cpu: { cores: 2 }, memory: { size: '32Mi' } },
      });
      const server = await json('create', 'web', ...QUICK, '--dry-run=server');
      expect(server.spec.restartPolicy).toBe('OnFailure');
      expect((await vmctl('get', 'vm', 'web')).code).toBe(3);
    });

    it('and waits until they run, a line for each change where there is no terminal', async () => {
      const { code, stdout, stderr } = await vmctl('create', 'web', ...QUICK, '--wait');
      expect([code, stdout]).toEqual([0, 'virtualmachine.vmctl.dev/web created\n']);
      expect(stderr).toMatch(/^(web: .*\n)*web: Running\n$/);
      await person.run('kubectl', ['patch', 'vm', 'web', '--type=merge', '-p', JSON.stringify(FORCED)]);
    });

    it("as kubectl's users write it, from files, and twice never", async () => {
      const file = join(person.folder, 'db.yaml');
      await writeFile(file, await ok('create', 'vm', 'db', ...QUICK, '--no-start', '-o', 'yaml', '--dry-run=client'));
      expect(await ok('create', '-f', file)).toBe('virtualmachine.vmctl.dev/db created\n');
      const again = await vmctl('create', '-f', file);
      expect([again.code, again.stderr]).toEqual([5, expect.stringContaining('already exists')]);
    });
  });

  describe('shows objects', () => {
    it('in the columns of the server, as kubectl does', async () => {
      const withoutAge = (text: string) => text.replace(/ +\S+$/gm, '');
      for (const args of [
        ['get', 'vm'],
        ['get', 'vm', 'web', '-o', 'wide'],
        ['get', 'vm,vmd', '-A'],
        ['get', 'vmp'],
        ['get', 'ns'],
      ])
        await alike(
          async () => withoutAge(await ok(...args)),
          async () => withoutAge(await kubectl(...args)),
        );
      expect(await ok('get', 'vm', 'web', '--no-headers')).toMatch(/^web +Running +True/);
    });

    testSinceKubectl(24)('as they are in YAML, JSON and by name', async () => {
      const get = () => json('get', 'vm', 'web');
      await alike(get, async () => JSON.parse(await kubectl('get', 'vm', 'web', '-o', 'json')));
      await alike(get, async () => parse(await ok('get', 'vm', 'web', '-o', 'yaml')));
      expect(await ok('get', 'vm', '-o', 'name')).toBe('virtualmachine.vmctl.dev/db\nvirtualmachine.vmctl.dev/web\n');
      expect((await json('get', 'vm')).items.map((it: { kind: string }) => it.kind)).toEqual([
        'VirtualMachine',
        'VirtualMachine',
      ]);
    });

    it('by label, by field, by category, and of resources that vmctl does not know', async () => {
      await person.run('kubectl', ['label', 'vm', 'web', 'app=web']);
      expect(await ok('get', 'vm', '-l', 'app=web', '-o', 'name')).toBe('virtualmachine.vmctl.dev/web\n');
      expect(await ok('get', 'vm', '--field-selector', 'metadata.name=db', '-o', 'name')).toBe(
        'virtualmachine.vmctl.dev/db\n',
      );
      expect(await ok('get', 'vms')).toMatch(
        /virtualmachine\.vmctl\.dev\/web .*virtualmachinedisk\.vmctl\.dev\/web-root /s,
      );
      expect(await ok('get', 'leases', '-A')).toContain('kube-node-lease');
      expect(await ok('get', 'vm/web', 'disk/web-root', '-o', 'name')).toBe(
        'virtualmachine.vmctl.dev/web\nvirtualmachinedisk.vmctl.dev/web-root\n',
      );
    });

    it('that are not there as such', async () => {
      const none = await vmctl('get', 'vmsn');
      expect([none.code, none.stdout, none.stderr]).toEqual([0, '', 'No resources found in default namespace.\n']);
      const some = await vmctl('get', 'vm', 'nope', 'web', '-o', 'name');
      expect([some.code, some.stdout, some.stderr]).toEqual([
        3,
        'virtualmachine.vmctl.dev/web\n',
        expect.stringContaining('"nope" not found'),
      ]);
      expect((await vmctl('get', 'vm', 'nope', '--ignore-not-found')).code).toBe(0);
    });

    it('and goes on showing changes', async () => {
      await using watching = going(person, 'get', 'vm', '--watch');
      await watching.line(/^NAME +POWER.*\n(.*\n)*web +Running/m);
      await ok('pause', 'web', '--wait');
      await watching.line(/^web +Paused/m);
      await ok('resume', 'web', '--wait');
      await watching.line(/^web +Paused.*\n(.*\n)*web +Running/m);
    });

    it('with all that is known of them', async () => {
      const text = await ok('describe', 'vm', 'web');
      expect(text).toMatch(/^Name: +web$/m);
      expect(text).toMatch(/^ {2}Power State: +Running$/m);
      expect(text).toMatch(/^ {2}Ready +True /m);
      expect(text).toMatch(/^ {2}Normal +Started .*vm-executor/m);
    });
  });

  describe('waits', () => {
    it("for conditions and values, in kubectl's words", async () => {
      expect(await ok('wait', 'vm/web', '--for=condition=Ready')).toBe('virtualmachine.vmctl.dev/web condition met\n');
      expect(await ok('wait', 'vm', 'web', '--for=jsonpath={.status.powerState}=Running')).toContain('condition met');
    });

    it('not for ever', async () => {
      const { code, stderr } = await vmctl(
        'wait',
        'vm/db',
        '--for=jsonpath={.status.powerState}=Running',
        '--timeout',
        '300ms',
      );
      expect([code, stderr]).toEqual([4, expect.stringContaining('vmctl: db: not done after')]);
    });

    it('until what is deleted is gone', async () => {
      const waiting = ok('wait', 'vm/db', '--for=delete', '--timeout', '90s');
      waiting.catch(() => {});
      expect(await ok('delete', 'vm', 'db')).toBe('virtualmachine.vmctl.dev/db deleted\n');
      expect(await waiting).toBe('virtualmachine.vmctl.dev/db deleted\n');
      expect((await vmctl('delete', 'vm', 'db')).code).toBe(3);
      expect((await vmctl('delete', 'vm', 'db', '--ignore-not-found')).code).toBe(0);
      expect((await vmctl('delete', 'vm')).code).toBe(2);
    });
  });
});
