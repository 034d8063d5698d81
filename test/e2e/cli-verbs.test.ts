import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CliHome, cliHome, QUICK, run, VMCTL } from './cli-home.ts';

const FORCED = { spec: { stop: { method: 'Force' } } };

describe('vmctl', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.ok('up');
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const ok = (...args: string[]) => person.ok(...args);
  const vmctl = (...args: string[]) => person.vmctl(...args);
  const json = async (...args: string[]) => JSON.parse(await ok(...args, '-o', 'json'));
  const kubectl = async (...args: string[]) => (await person.run('kubectl', args)).stdout;

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
      expect(stderr).toMatch(/^web: .*\n(web: .*\n)*web: Running\n$/);
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
        expect(withoutAge(await ok(...args)), args.join(' ')).toBe(withoutAge(await kubectl(...args)));
      expect(await ok('get', 'vm', 'web', '--no-headers')).toMatch(/^web +Running +True/);
    });

    it('as they are in YAML, JSON and by name', async () => {
      expect(await json('get', 'vm', 'web')).toEqual(JSON.parse(await kubectl('get', 'vm', 'web', '-o', 'json')));
      expect(parse(await ok('get', 'vm', 'web', '-o', 'yaml'))).toEqual(await json('get', 'vm', 'web'));
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
      const watching = person.run(VMCTL, ['get', 'vm', '--watch'], { stopAfterMs: 4000 });
      await ok('pause', 'web', '--wait');
      await ok('resume', 'web', '--wait');
      expect((await watching).stdout).toMatch(/^NAME +POWER.*\nweb +Paused.*\n(.*\n)*web +Running/ms);
    });

    it('with all that is known of them', async () => {
      const text = await ok('describe', 'vm', 'web');
      expect(text).toMatch(/^Name: +web$/m);
      expect(text).toMatch(/^ {2}Power State: +Running$/m);
      expect(text).toMatch(/^ {2}Ready +True /m);
      expect(text).toMatch(/^ {2}Normal +Started .*vm-executor/m);
    });
  });

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
      await expect.poll(() => ok('logs', 'web', '--tail', '5'), { timeout: 20_000 }).toMatch(/T 0000000\d\n/);
      const followed = await person.run(VMCTL, ['logs', 'web', '-f', '--tail', '1'], { stopAfterMs: 3000 });
      expect(followed.stdout.trimEnd().split('\n').length).toBeGreaterThan(3);
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

    it('imports files that the executor may not read where they are, and leaves no copy', async () => {
      expect(await ok('image', 'list')).toMatch(/^guest +Ready +100/m);
      const { spec } = await json('get', 'image', 'guest');
      expect(spec.source.file.path).toContain(join(person.home, 'import'));
      await expect(readFileSync.bind(undefined, spec.source.file.path)).toThrow('ENOENT');
      expect((await vmctl('image', 'import', '/nonexistent/x')).code).toBe(3);
    });

    it('lists pools and networks', async () => {
      expect(await ok('pool', 'list')).toMatch(/^default +True/m);
      expect(await ok('network', 'list')).toMatch(/^default +True/m);
    });
  });

  describe('changes objects', () => {
    const file = () => join(person.folder, 'apply.yaml');
    const disk = (size: string) =>
      `apiVersion: vmctl.dev/v1alpha1\nkind: VirtualMachineDisk\nmetadata: {name: applied}\nspec: {size: ${size}}\n`;

    it('to be as files say, and says what it did', async () => {
      await writeFile(file(), disk('4Mi'));
      expect(await ok('apply', '-f', file(), '--wait')).toBe('virtualmachinedisk.vmctl.dev/applied created\n');
      expect(await ok('apply', '-f', file())).toBe('virtualmachinedisk.vmctl.dev/applied unchanged\n');
      const { stdout } = await person.run(VMCTL, ['apply', '-f', '-', '--dry-run=server'], { input: disk('8Mi') });
      expect(stdout).toBe('virtualmachinedisk.vmctl.dev/applied configured (server dry run)\n');
      expect((await json('get', 'disk', 'applied')).spec.size).toBe('4Mi');
    });

    it('unless another manager has the field', async () => {
      await person.run('kubectl', ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: disk('8Mi') });
      await writeFile(file(), disk('9Mi'));
      const { code, stderr } = await vmctl('apply', '-f', file());
      expect([code, stderr]).toEqual([5, expect.stringContaining('vmctl apply --force-conflicts')]);
      expect(await ok('apply', '-f', file(), '--force-conflicts')).toContain('configured');
    });

    it('and names the field and the file that are wrong', async () => {
      await writeFile(file(), disk('-5'));
      expect((await vmctl('apply', '-f', file())).stderr).toContain('spec.size');
      await writeFile(
        file(),
        `${disk('5Mi')}  color: red\n`
          .replace('spec: {size: 5Mi}', 'spec: {size: 5Mi, colour: red}')
          .replace('  color: red\n', ''),
      );
      const unknown = await vmctl('apply', '-f', file());
      expect([unknown.code, unknown.stderr]).toEqual([5, expect.stringContaining('spec.colour')]);
      await writeFile(file(), 'a: [');
      expect((await vmctl('apply', '-f', file())).stderr).toContain(`${file()} is not valid YAML`);
      await writeFile(file(), 'kind: Nope\napiVersion: vmctl.dev/v1alpha1\nmetadata: {name: x}\n');
      expect((await vmctl('apply', '-f', file())).stderr).toContain('this API has no "Nope"');
      expect((await vmctl('apply', '-f', '/nonexistent')).stderr).toContain('cannot read /nonexistent');
    });

    const editor = async (script: string): Promise<string> => {
      const path = join(person.folder, 'editor');
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    };

    it('in an editor', async () => {
      const EDITOR = await editor(`sed -i 's/size: 9Mi/size: 10Mi/' "$1"`);
      const { code, stdout } = await person.run(VMCTL, ['edit', 'disk/applied'], { env: { EDITOR } });
      expect([code, stdout]).toEqual([0, 'virtualmachinedisk.vmctl.dev/applied edited\n']);
      expect((await json('get', 'disk', 'applied')).spec.size).toBe('10Mi');
      const same = await person.run(VMCTL, ['edit', 'disk', 'applied'], { env: { EDITOR: 'true' } });
      expect(same.stdout).toBe('virtualmachinedisk.vmctl.dev/applied unchanged\n');
    });

    it('and keeps the text of an edit that the server refuses', async () => {
      const EDITOR = await editor(`sed -i 's/size: 10Mi/size: 1Mi/' "$1"`);
      const { code, stderr } = await person.run(VMCTL, ['edit', 'disk/applied'], { env: { EDITOR } });
      expect([code, stderr]).toEqual([5, expect.stringContaining('size can grow, never shrink')]);
      expect(readFileSync(/your text is in (\S+)/.exec(stderr)?.[1] ?? '', 'utf8')).toContain('size: 1Mi');
      expect((await person.run(VMCTL, ['edit', 'disk/applied'], { env: { EDITOR: '/nonexistent' } })).stderr).toContain(
        'cannot start the editor',
      );
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
      const waiting = ok('wait', 'vm/db', '--for=delete');
      expect(await ok('delete', 'vm', 'db')).toBe('virtualmachine.vmctl.dev/db deleted\n');
      expect(await waiting).toBe('virtualmachine.vmctl.dev/db deleted\n');
      expect((await vmctl('delete', 'vm', 'db')).code).toBe(3);
      expect((await vmctl('delete', 'vm', 'db', '--ignore-not-found')).code).toBe(0);
      expect((await vmctl('delete', 'vm')).code).toBe(2);
    });
  });

  describe('imports libvirt machines', () => {
    const XML = `<domain type='kvm'><name>old</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`;

    it('and accounts for all of the input', async () => {
      const { code, stdout, stderr } = await person.run(VMCTL, ['import', '-'], { input: XML });
      expect(code, stderr).toBe(0);
      expect(stdout).toBe('virtualmachine.vmctl.dev/old created\n');
      expect(stderr).toMatch(/^\d+ imported, \d+ as they are by default, \d+ ignored, 0 refused$/m);
      expect((await json('get', 'vm', 'old')).spec.memory.size).toBe('64Mi');
      await ok('delete', 'vm', 'old');
    });

    it.each([
      ['no XML', 'hello', 'is no XML that can be read'],
      [
        'an external entity',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><domain><name>&x;</name></domain>',
        'is no XML that can be read',
      ],
      [
        'a billion laughs',
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><domain><name>&b;</name></domain>',
        'is no XML that can be read',
      ],
      ['another document', '<network/>', 'only machines are imported'],
      ['what is not known', XML.replace('<vcpu>', '<quantum/><vcpu>'), '/domain/quantum'],
    ])('and refuses %s', async (_, input, message) => {
      const { code, stdout, stderr } = await person.run(VMCTL, ['import', '-'], { input });
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)]);
    });
  });

  describe('speaks plainly', () => {
    it.each([
      [['gte', 'vm'], 'vmctl: "gte" is not a command\n  did you mean: vmctl get\n'],
      [['constructor'], 'vmctl: "constructor" is not a command\n  see: vmctl --help\n'],
      [['disk', 'lst'], 'vmctl: "disk lst" is not a command\n  did you mean: vmctl disk list\n'],
      [['get', 'vmz'], 'vmctl: "vmz" is not a resource that this API has\n  did you mean: vm\n'],
      [['get', 'vm', '--outptu', 'x'], 'vmctl: Nonexistent flag: --outptu\n  see what it takes with: --help\n'],
      [
        ['get', 'vm', '-o', 'xml'],
        'vmctl: Expected --output=xml to be one of: table, wide, yaml, json, name\n  see what it takes with: --help\n',
      ],
    ])('%j', async (args, text) => {
      expect(await vmctl(...args)).toEqual({ code: 2, stdout: '', stderr: text });
    });

    it('to programs too', async () => {
      const { stdout, stderr } = await vmctl('get', 'vm', 'nope', '-o', 'json');
      expect(stdout).toBe('');
      expect(JSON.parse(stderr)).toEqual({
        error: { code: 3, reason: 'NotFound', message: 'virtualmachines.vmctl.dev "nope" not found' },
      });
    });

    it('of its versions, with flags where kubectl takes them', async () => {
      const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
      expect(await json('version')).toEqual({
        vmctl: version,
        node: process.version,
        server: expect.stringMatching(/^v1\./),
      });
      expect(await ok('-n', 'kube-system', 'get', 'vm', '-o', 'name')).toBe('');
      expect((await vmctl('--help')).stdout).toMatch(/^TOPICS|^COMMANDS/m);
      expect((await vmctl('help', 'get')).stdout).toContain('$ vmctl get');
    });
  });

  it('does nothing on an old Node but to say so in one line', async () => {
    const entry = join(import.meta.dirname, '../../dist/vmctl.cjs');
    const fake = `Object.defineProperty(process, 'versions', { value: { node: '20.11.1' } }); process.argv[1] = ${JSON.stringify(entry)}; require(${JSON.stringify(entry)})`;
    const { code, stderr } = await run(process.execPath, ['-e', fake]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^vmctl: Node\.js 24 or newer is needed, this is v.*\n$/),
    ]);
  });
});
