import { readFileSync } from 'node:fs';
import { readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { going, says } from './access.ts';
import { onCluster } from './backing.ts';
import { type CliHome, cliHome, QUICK } from './cli-home.ts';

const FORCED = { spec: { stop: { method: 'Force' } } };

describe('vmctl and machines', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw');
    await person.ok('create', 'web', ...QUICK, '--wait');
    await person.run('kubectl', ['patch', 'vm', 'web', '--type=merge', '-p', JSON.stringify(FORCED)]);
    await person.ok('create', 'db', ...QUICK, '--no-start');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const ok = (...args: string[]) => person.ok(...args);
  const vmctl = (...args: string[]) => person.vmctl(...args);
  const json = async (...args: string[]) => JSON.parse(await ok(...args, '-o', 'json'));

  describe('runs machines', () => {
    const power = async () => (await json('get', 'vm', 'web')).status.powerState;

    it('through every verb', async () => {
      for (const [verb, state] of [
        ['pause', 'Paused'],
        ['resume', 'Running'],
        ['reset', 'Running'],
        ['restart', 'Running'],
        ['stop', 'Stopped'],
        ['start', 'Running'],
      ] as const) {
        expect(await ok(verb, 'web', '--wait'), verb).toBe(`virtualmachine.vmctl.dev/web ${verb} requested\n`);
        expect(await power(), verb).toBe(state);
      }
      expect(await ok('start', 'web')).toBe('virtualmachine.vmctl.dev/web runs already\n');
    });

    it('and says why not', async () => {
      const { code, stderr } = await vmctl('pause', 'db');
      expect([code, stderr]).toEqual([
        5,
        'vmctl: machine "db" is stopped, so there is nothing to pause\n  start it with: vmctl start db\n',
      ]);
      expect((await vmctl('start', 'nope')).code).toBe(3);
      expect((await vmctl('start')).code).toBe(2);
    });

    it('as kubectl would see it: a restart is a token in the object', async () => {
      await ok('restart', 'web', '--wait');
      const { spec, status } = await json('get', 'vm', 'web');
      expect(status.requests.restart).toBe(spec.requests.restart);
    });

    it('and tells what they wrote and what happened', async () => {
      await says(person, 'web', /T \d{8}/);
      expect((await ok('logs', 'web', '--tail', '2')).trimEnd().split('\n')).toHaveLength(2);
      await using followed = going(person, 'logs', 'web', '-f', '--tail', '1');
      await followed.line(/^(T \d{8}\r?\n){4}/m);
      expect(await ok('events', 'vm/web')).toMatch(
        /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n(.*\n)*.* Normal +Started +virtualmachine\/web /m,
      );
      expect((await json('events', 'vm/web')).items[0].involvedObject.name).toBe('web');
      expect((await vmctl('events', 'vm/web', '--types', 'Warning')).stderr).toBe('No events found.\n');
    });

    it('with the command that it shows', async () => {
      const { status } = await json('get', 'vm', 'web');
      const words = JSON.parse(await ok('showcmd', 'web', '-o', 'json')) as string[];
      expect(words).toEqual(readFileSync(`/proc/${status.pid}/cmdline`, 'utf8').split('\0').slice(0, -1));
      const planned = JSON.parse(await ok('showcmd', 'web', '--planned', '-o', 'json')) as string[];
      const volume = (await json('get', 'vmd', 'web-root')).status.path;
      expect(planned.find((word) => word.startsWith('{') && word.includes(volume))).toBeDefined();
      expect(await ok('showcmd', 'db')).toMatch(/^qemu-system-x86_64 \\\n {2}-name guest=default\/db/);
      const example = join(import.meta.dirname, '../../yamls/examples/virtualmachine.yaml');
      expect(await ok('showcmd', '-f', example)).toContain('qemu-system-x86_64');
      const bad = join(person.folder, 'bad.yaml');
      await writeFile(
        bad,
        'apiVersion: vmctl.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: bad}\nspec: {memory: {size: 0}}\n',
      );
      const refused = await vmctl('showcmd', '-f', bad);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/^vmctl: machine "bad": spec\.memory.*\n {2}change this field/),
      ]);
    });
  });

  describe('takes snapshots', () => {
    it('in short, with memory, and puts machines back', async () => {
      expect(await ok('snapshot', 'web', 'before', '--memory', '--wait')).toBe(
        'virtualmachinesnapshot.vmctl.dev/before created\n',
      );
      expect(await ok('snapshot', 'list', 'web')).toMatch(/^NAME .*\nbefore +web +Ready +true +Memory/);
      expect(await ok('snapshot', 'list', 'db', '-o', 'name').catch(() => 'none')).toBe('');
      expect(await ok('snapshot', 'revert', 'before', '--wait')).toBe(
        'virtualmachinesnapshot.vmctl.dev/before revert requested\n',
      );
      const { spec, status } = await json('get', 'vmsn', 'before');
      expect(status.reverted).toBe(spec.revert);
      expect(await ok('snapshot', 'delete', 'before')).toBe('virtualmachinesnapshot.vmctl.dev/before deleted\n');
      expect((await vmctl('get', 'vmsn', 'before')).code).toBe(3);
    });

    // A cluster has no node for a machine that never ran, so no disks of it either.
    it.runIf(onCluster)('of none that was never on a node', async () => {
      await person.run('kubectl', ['wait', 'vm/db', '--for=condition=Scheduled=false', '--timeout=60s']);
      const { code, stderr } = await vmctl('snapshot', 'create', 'db');
      expect([code, stderr]).toEqual([5, expect.stringContaining('is on no node yet')]);
      await person.run('kubectl', ['patch', 'vm', 'db', '--type=merge', '-p', JSON.stringify(FORCED)]);
      await ok('start', 'db', '--wait');
      await ok('stop', 'db', '--wait');
    });

    it('of stopped machines, named by the server', async () => {
      const name = (await ok('snapshot', 'create', 'db', '-o', 'name', '--wait')).trim();
      expect(name).toMatch(/^virtualmachinesnapshot\.vmctl\.dev\/db-\w+$/);
      await ok('delete', name.replace('virtualmachinesnapshot.vmctl.dev', 'vmsn'));
      expect((await vmctl('snapshot', 'nope')).code).toBe(3);
    });
  });

  describe('keeps disks and images', () => {
    it('makes, lists and grows disks', async () => {
      expect(await ok('disk', 'create', 'data', '--size', '8Mi', '--wait')).toBe(
        'virtualmachinedisk.vmctl.dev/data created\n',
      );
      expect(await ok('disk', 'resize', 'data', '+8Mi', '--wait')).toBe(
        'virtualmachinedisk.vmctl.dev/data resize requested\n',
      );
      expect(await ok('disk', 'list')).toMatch(/^data +Ready +16Mi/m);
      const shrunk = await vmctl('disk', 'resize', 'data', '1Mi');
      expect([shrunk.code, shrunk.stderr]).toEqual([5, expect.stringContaining('never shrinks')]);
      await ok('disk', 'create', 'copy', '--from-disk', 'data', '--wait');
      expect((await json('get', 'disk', 'copy')).status.virtualSize).toBe('16Mi');
      expect((await vmctl('disk', 'create', 'x')).code).toBe(2);
    });

    it('imports files from where they are on the node, or sends them, through links too', async () => {
      expect(await ok('image', 'list')).toMatch(/^guest +Ready +100/m);
      const file = join(await realpath(person.folder), 'guest.raw');
      const path = async (name: string) => (await json('get', 'image', name)).spec.source.file.path;
      await symlink(file, join(person.folder, 'link.raw'));
      await ok('image', 'import', relative(process.cwd(), file), '--on-node', '--name', 'relative', '--wait');
      expect(await path('relative')).toBe(file);
      const link = join(person.folder, 'link.raw');
      const refused = await vmctl('image', 'import', link, '--on-node', '--name', 'linked', '--wait');
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is a symbolic link')]);
      await ok('delete', 'image', 'linked', '--wait');
      await ok('image', 'import', link, '--name', 'linked', '--wait');
      expect(await readdir(join(person.home, 'import')).catch(() => [])).toEqual([]);
      expect((await vmctl('image', 'import', '/nonexistent/x')).code).toBe(3);
    });

    it('lists pools and networks', async () => {
      expect(await ok('pool', 'list')).toMatch(/^default +True/m);
      expect(await ok('network', 'list')).toMatch(/^default +True/m);
    });
  });
});
