import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CliHome, cliHome, QUICK } from './cli-home.ts';

const WORK = `# mine
apiVersion: v1
kind: Config
clusters:
- name: work
  cluster: {server: "https://127.0.0.1:1"}
users:
- name: me
  user: {token: abc}
contexts:
- name: work
  context: {cluster: work, user: me}
current-context: work
`;

/** A process that has ended may stay as a zombie where nobody collects it; it has no command line then. */
const alive = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
};

describe('vmctl up and down', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await writeFile(person.kubeconfig, WORK, { mode: 0o644 });
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const state = async () => JSON.parse(await person.ok('status', '-o', 'json'));
  const config = () => parse(readFileSync(person.kubeconfig, 'utf8'));

  it('say that nothing runs yet', async () => {
    expect(await state()).toEqual({ home: person.home, executor: 'Stopped' });
    expect((await person.ok('down')).trim()).toBe(`nothing runs in ${person.home}`);
    expect((await person.vmctl('get', 'vm')).code).toBe(1);
  });

  it('start the API and the executor, and make their context current', async () => {
    const { code, stdout, stderr } = await person.vmctl('up');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^vmctl is up at https:\/\/127\.0\.0\.1:\d+ \(home .*, process \d+\)\ncontext "vmctl" is current in /,
    );
    expect(stderr).toBe(`vm-executor: starting in ${person.home}\nvm-executor: answers\n`);
    expect(config()['current-context']).toBe('vmctl');
    expect(readFileSync(person.kubeconfig, 'utf8')).toContain('# mine');
    expect(statSync(person.kubeconfig).mode & 0o777).toBe(0o600);
    expect((await person.run('kubectl', ['get', 'vmp', 'default', '-o', 'name'])).stdout).toBe(
      'virtualmachinestoragepool.vmctl.dev/default\n',
    );
    expect(await state()).toMatchObject({ executor: 'Running', machines: {}, objects: { virtualmachines: 0 } });
  });

  it('run again change nothing', async () => {
    const before = [(await state()).pid, readFileSync(person.kubeconfig, 'utf8')];
    const { code, stdout } = await person.vmctl('up');
    expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringContaining('vmctl is up already')]);
    expect([(await state()).pid, readFileSync(person.kubeconfig, 'utf8')]).toEqual(before);
  });

  it('leave machines alone: the same qemu goes on through down and up', async () => {
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw');
    await person.ok('create', 'web', ...QUICK, '--wait');
    const pid = JSON.parse(await person.ok('get', 'vm', 'web', '-o', 'json')).status.pid;
    const executor = (await state()).pid;
    expect(await person.ok('down')).toBe(
      `vm-executor (process ${executor}) has ended\n1 machine goes on; vmctl up finds them again\n`,
    );
    expect([alive(executor), alive(pid)]).toEqual([false, true]);
    expect((await state()).executor).toBe('Stopped');
    await person.ok('up');
    await person.ok('wait', 'vm/web', '--for=condition=Ready', '--timeout', '90s');
    expect(JSON.parse(await person.ok('get', 'vm', 'web', '-o', 'json')).status.pid).toBe(pid);
  });

  it('stop the machines first where that is asked for', async () => {
    const pid = JSON.parse(await person.ok('get', 'vm', 'web', '-o', 'json')).status.pid;
    await person.run('kubectl', ['patch', 'vm', 'web', '--type=merge', '-p', '{"spec":{"stop":{"method":"Force"}}}']);
    const stdout = await person.ok('down', '--machines');
    expect(stdout).toContain('1 machine stopped\n');
    expect(stdout).not.toContain('goes on');
    expect(alive(pid)).toBe(false);
  });

  it('do not remove anything unasked', async () => {
    const { code, stderr } = await person.vmctl('down', '--purge');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(existsSync(person.home)).toBe(true);
  });

  it('remove everything that was made, also where the executor does not run', async () => {
    await person.ok('up');
    await person.ok('start', 'web', '--wait');
    const pid = JSON.parse(await person.ok('get', 'vm', 'web', '-o', 'json')).status.pid;
    await person.ok('down');
    const { code, stderr } = await person.vmctl('down', '--purge', '--yes');
    expect(code, stderr).toBe(0);
    expect([existsSync(person.home), existsSync(join(person.folder, 'cache/vmctl')), alive(pid)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(config()).toEqual(parse(WORK));
    expect(readFileSync(person.kubeconfig, 'utf8')).toContain('# mine');
  });

  it('may be called twice at once', async () => {
    const both = await Promise.all([person.vmctl('up'), person.vmctl('up')]);
    expect(
      both.map(({ code }) => code),
      both.map(({ stderr }) => stderr).join(''),
    ).toEqual([0, 0]);
    expect((await state()).executor).toBe('Running');
  });

  it('remove everything while somebody deletes a part of it', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) await person.ok('create', name, '--disk-size', '1Mi', '--memory', '32Mi', '--wait');
    await person.ok('delete', 'vm', ...names, '--no-wait');
    await person.ok('down', '--purge', '--yes');
    expect(existsSync(person.home)).toBe(false);
  });

  it('make a kubeconfig where there is none, and take it away again', async () => {
    const own = join(person.folder, 'new/config');
    const env = { KUBECONFIG: own };
    await person.run(join(import.meta.dirname, '../../bin/vmctl'), ['up'], { env });
    expect(parse(readFileSync(own, 'utf8'))['current-context']).toBe('vmctl');
    // The environment of the day it was started is forgotten by then.
    expect((await person.vmctl('down', '--purge', '--yes')).code).toBe(0);
    expect(existsSync(own)).toBe(false);
  });

  it("refuse a folder that is somebody else's", async () => {
    const foreign = join(person.folder, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'mine');
    const up = await person.vmctl('up', '--home', foreign);
    expect([up.code, up.stderr]).toEqual([1, expect.stringContaining('is not empty and is no home of vmctl')]);
    const purge = await person.vmctl('down', '--purge', '--yes', '--home', foreign);
    expect([purge.code, purge.stderr]).toEqual([1, expect.stringContaining('nothing was removed')]);
    expect(readFileSync(join(foreign, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  it('tell what the executor said when it does not start', async () => {
    const home = join(person.folder, 'broken');
    await mkdir(join(home, 'api'), { recursive: true });
    await writeFile(join(home, 'executor.log'), '');
    await writeFile(join(home, 'api/state.db'), 'no database at all, but long enough to be taken for one '.repeat(20));
    const { code, stderr } = await person.vmctl('up', '--home', home);
    expect(code).toBe(1);
    expect(stderr).toMatch(/vm-executor ended with exit code 1:\n.*\n {2}all that it said is in .*executor\.log/s);
  });

  it('look at the host', async () => {
    const { checks } = JSON.parse(await person.ok('doctor', '-o', 'json')) as {
      checks: { name: string; status: string }[];
    };
    expect(checks.find(({ name }) => name === 'qemu')?.status).toBe('ok');
    expect(await person.ok('doctor')).toMatch(/^✓ qemu: /m);
  });
});
