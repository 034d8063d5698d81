import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, run } from './cli-home.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the package', () => {
  let person: CliHome;
  let modules: string;
  beforeAll(async () => {
    person = await cliHome();
    modules = join(person.folder, 'app/node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    const packed = await run('npm', [
      'pack',
      '--ignore-scripts',
      '--silent',
      '--pack-destination',
      person.folder,
      ROOT,
    ]);
    expect(packed.code, packed.stderr).toBe(0);
    // What npm install makes of it, without the network: the package and the pinned Node side by side, and links to the programs.
    await run('tar', ['-xzf', join(person.folder, packed.stdout.trim()), '-C', modules]);
    await run('mv', [join(modules, 'package'), join(modules, 'vmctl')]);
    symlinkSync(join(ROOT, 'node_modules/node'), join(modules, 'node'));
    for (const name of ['vmctl', 'vm-executor']) symlinkSync(`../vmctl/bin/${name}`, join(modules, '.bin', name));
  });
  afterAll(async () => {
    await person.run(join(modules, '.bin/vmctl'), ['down', '--purge', '--yes']);
    await person[Symbol.asyncDispose]();
  });

  it('holds what runs, and neither sources nor tests', () => {
    expect(readdirSync(join(modules, 'vmctl')).sort()).toEqual(
      expect.arrayContaining(['bin', 'dist', 'oclif.manifest.json', 'package.json', 'yamls']),
    );
    for (const folder of ['cli', 'executor', 'schemas', 'test', 'node_modules'])
      expect(readdirSync(join(modules, 'vmctl'))).not.toContain(folder);
  });

  it('runs elsewhere, through links, on the pinned Node, whatever node is on the PATH', async () => {
    const env = { PATH: '/usr/bin:/bin' };
    const vmctl = (...args: string[]) => person.run(join(modules, '.bin/vmctl'), args, { env });
    expect(JSON.parse((await vmctl('version', '--client', '-o', 'json')).stdout).node).toBe(process.version);
    const up = await vmctl('up');
    expect(up.code, up.stderr).toBe(0);
    await vmctl('create', 'web', '--disk-size', '1Mi', '--memory', '32Mi', '--wait');
    expect((await vmctl('get', 'vm')).stdout).toMatch(/^web +Running/m);
    expect((await vmctl('apply', '-f', join(modules, 'vmctl/yamls/examples/virtualmachinedisk.yaml'))).code).toBe(0);
    expect((await vmctl('down', '--purge', '--yes')).code).toBe(0);
  });

  it('falls back to the node of the PATH, and says so where there is none', async () => {
    rmSync(join(modules, 'node'));
    const program = join(modules, '.bin/vm-executor');
    const found = await person.run(program, ['--version'], {
      env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    });
    expect(found).toMatchObject({ code: 0, stdout: expect.stringMatching(/^vm-executor \d/) });
    const none = await person.run('/bin/sh', [join(modules, 'vmctl/bin/vm-executor'), '--version'], {
      env: { PATH: '/nonexistent' },
    });
    expect(none).toMatchObject({ code: 1, stderr: 'vm-executor: Node.js 24 is missing; run: npm install\n' });
  });
});
