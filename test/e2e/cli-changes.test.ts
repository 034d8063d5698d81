import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, run, VMCTL } from './cli-home.ts';

describe('vmctl and what people type', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const ok = (...args: string[]) => person.ok(...args);
  const vmctl = (...args: string[]) => person.vmctl(...args);
  const json = async (...args: string[]) => JSON.parse(await ok(...args, '-o', 'json'));

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

    /** Waits for the executor, whose own changes of the object would come between an editor's. */
    const grown = (size: string) =>
      ok('wait', 'disk/applied', `--for=jsonpath={.status.virtualSize}=${size}`, '--timeout', '90s');

    it('in an editor', async () => {
      await grown('9Mi');
      const EDITOR = await editor(`sed -i 's/size: 9Mi/size: 10Mi/' "$1"`);
      const { code, stdout } = await person.run(VMCTL, ['edit', 'disk/applied'], {
        env: { EDITOR, TMPDIR: person.folder },
      });
      expect([code, stdout]).toEqual([0, 'virtualmachinedisk.vmctl.dev/applied edited\n']);
      expect((await json('get', 'disk', 'applied')).spec.size).toBe('10Mi');
      const same = await person.run(VMCTL, ['edit', 'disk', 'applied'], {
        env: { EDITOR: 'true', TMPDIR: person.folder },
      });
      expect(same.stdout).toBe('virtualmachinedisk.vmctl.dev/applied unchanged\n');
    });

    it('in an editor while a status is written, and not over somebody else’s change', async () => {
      await grown('10Mi');
      const path = '/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachinedisks/applied';
      const status = `kubectl get --raw ${path} | sed 's/"phase":/"progress":7,&/' | kubectl replace --raw ${path}/status -f -`;
      const label = 'kubectl label virtualmachinedisk applied other=one';
      const run = (EDITOR: string) =>
        person.run(VMCTL, ['edit', 'disk/applied'], { env: { EDITOR, TMPDIR: person.folder } });
      const labels = `sed -i 's/^metadata:/metadata:\\n  labels: {edited: "yes"}/' "$1"`;
      const { code, stderr } = await run(await editor(`until ${status}; do sleep 0.1; done\n${labels}`));
      expect(code, stderr).toBe(0);
      expect((await json('get', 'disk', 'applied')).metadata.labels).toEqual({ edited: 'yes' });
      const late = await run(await editor(`${label}; sed -i s/yes/no/ "$1"`));
      expect([late.code, late.stderr]).toEqual([5, expect.stringContaining('your text is in')]);
      expect((await json('get', 'disk', 'applied')).metadata.labels).toEqual({ edited: 'yes', other: 'one' });
    });

    it('and keeps the text of an edit that the server refuses', async () => {
      await grown('10Mi');
      const EDITOR = await editor(`sed -i 's/size: 10Mi/size: 1Mi/' "$1"`);
      const { code, stderr } = await person.run(VMCTL, ['edit', 'disk/applied'], {
        env: { EDITOR, TMPDIR: person.folder },
      });
      expect([code, stderr]).toEqual([5, expect.stringContaining('size can grow, never shrink')]);
      expect(readFileSync(/your text is in (\S+)/.exec(stderr)?.[1] ?? '', 'utf8')).toContain('size: 1Mi');
      expect(
        (await person.run(VMCTL, ['edit', 'disk/applied'], { env: { EDITOR: '/nonexistent', TMPDIR: person.folder } }))
          .stderr,
      ).toContain('cannot start the editor');
    });
  });

  describe('imports libvirt machines', () => {
    const XML = `<domain type='kvm'><name>old</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`;

    it('and accounts for all of the input', async () => {
      const { code, stdout, stderr } = await person.run(VMCTL, ['import', '-'], { input: XML });
      expect(code, stderr).toBe(0);
      expect(stdout).toBe('virtualmachine.vmctl.dev/old created\n');
      expect(stderr).toMatch(/^standard input: \d+ imported, \d+ as they are by default, \d+ ignored, 0 refused$/m);
      expect((await json('get', 'vm', 'old')).spec.memory.size).toBe('64Mi');
      await ok('delete', 'vm', 'old');
    });

    it('or prints the objects and sends nothing', async () => {
      const { code, stdout } = await person.run(VMCTL, ['import', '-', '-o', 'yaml'], { input: XML });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^apiVersion: vmctl.dev\/v1alpha1\nkind: VirtualMachine\n/);
      expect((await vmctl('get', 'vm', 'old')).code).toBe(3);
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
      ['another document', '<capabilities/>', '<capabilities> is not imported; what is: domain'],
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
      [['get', 'vm', '--outptu', 'x'], 'vmctl: Nonexistent flag: --outptu\n  add --help to see what it takes\n'],
      [
        ['get', 'vm', '-o', 'xml'],
        'vmctl: Expected --output=xml to be one of: table, wide, yaml, json, name\n  add --help to see what it takes\n',
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
