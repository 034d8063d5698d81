import { randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCgroup, detectCgroups, removeCgroup } from '../../executor/host/cgroup.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

describe('what a host lets us do with control groups', () => {
  it('is nothing, with the reason, where none are mounted', async () => {
    const support = await detectCgroups(folder);
    expect(support).toEqual({
      version: 'none',
      reason: expect.stringMatching(/^machines have no control groups of their own: no control groups are mounted on/),
    });
    expect(await createCgroup(support, 'x')).toEqual({ procs: [] });
    await removeCgroup(support, 'x');
  });

  it('in the second version is one group with the controllers that are there', async () => {
    await writeFile(join(folder, 'cgroup.controllers'), 'cpuset cpu io memory hugetlb pids rdma\n');
    await writeFile(join(folder, 'cgroup.procs'), '');
    const support = await detectCgroups(folder);
    expect(support).toEqual({ version: 'v2', hierarchies: [join(folder, 'vmctl')] });
    const enabled = await Promise.all(
      ['.', 'vmctl'].map((at) => readFile(join(folder, at, 'cgroup.subtree_control'), 'utf8')),
    );
    expect(enabled).toEqual(['+cpu +memory +io +pids', '+cpu +memory +io +pids']);
    expect(await createCgroup(support, 'm1')).toEqual({ procs: [join(folder, 'vmctl/m1/cgroup.procs')] });
    await removeCgroup(support, 'm1');
    await removeCgroup(support, 'm1');
    await expect(access(join(folder, 'vmctl/m1'))).rejects.toThrow('ENOENT');
  });

  it('in the second version is a group without limits where controllers are not ours to give', async () => {
    await writeFile(join(folder, 'cgroup.controllers'), 'cpu memory\n');
    await writeFile(join(folder, 'cgroup.procs'), '');
    await mkdir(join(folder, 'cgroup.subtree_control'));
    expect(await detectCgroups(folder)).toEqual({
      version: 'v2',
      hierarchies: [join(folder, 'vmctl')],
      reason: expect.stringContaining('control groups without limits: EISDIR'),
    });
  });

  it('is nothing where processes are not ours to move', async () => {
    await writeFile(join(folder, 'cgroup.controllers'), 'cpu memory\n');
    expect(await detectCgroups(folder)).toEqual({
      version: 'none',
      reason: expect.stringMatching(/^machines have no control groups of their own: ENOENT.*cgroup\.procs/),
    });
  });

  it('in the first version is a group for each controller that is there', async () => {
    for (const controller of ['cpu', 'memory', 'systemd']) {
      await mkdir(join(folder, controller));
      await writeFile(join(folder, controller, 'cgroup.procs'), '');
    }
    const support = await detectCgroups(folder, join(folder, 'own'));
    expect(support).toEqual({ version: 'v1', hierarchies: [join(folder, 'cpu/vmctl'), join(folder, 'memory/vmctl')] });
  });

  it('in the first version is left by machines wherever else the executor is in a group, and only there', async () => {
    for (const controller of [
      'cpu',
      'memory',
      'pids',
      'devices',
      'systemd',
      'net_cls,net_prio',
      'freezer',
      'unified',
    ]) {
      await mkdir(join(folder, controller));
      await writeFile(join(folder, controller, 'cgroup.procs'), '');
    }
    const own = join(folder, 'own');
    const lines = [
      '9:cpuset:/pod/1',
      '8:net_cls,net_prio:/pod/1',
      '7:freezer:/',
      '6:devices:/pod/1',
      '5:memory:/pod/1',
    ];
    await writeFile(own, [...lines, '4:cpu,cpuacct:/pod/1', '1:name=systemd:/pod/1', '0::/pod/1', ''].join('\n'));
    const support = await detectCgroups(folder, own);
    const at = (...names: string[]) => names.map((name) => join(folder, name, 'cgroup.procs'));
    const leave = at('net_cls,net_prio', 'devices', 'systemd', 'unified');
    expect(support).toMatchObject({ version: 'v1', leave });
    const groups = at('cpu/vmctl/m1', 'memory/vmctl/m1', 'pids/vmctl/m1');
    expect(await createCgroup(support, 'm1')).toEqual({ procs: [...groups, ...leave] });
    await removeCgroup(support, 'm1');
  });

  it('is what it says on this very host', async () => {
    const support = await detectCgroups();
    if (support.version === 'none') return expect(support.reason).not.toBe('');
    const name = `test-${randomUUID()}`;
    const { procs } = await createCgroup(support, name);
    for (const file of procs) await writeFile(file, String(process.pid));
    const joined = await readFile('/proc/self/cgroup', 'utf8');
    const groups = procs.filter((file) => file.includes(name));
    for (const { length } of [groups]) expect(joined.split(`/vmctl/${name}\n`).length - 1).toBe(length);
    for (const hierarchy of support.hierarchies)
      await writeFile(join(hierarchy, '../cgroup.procs'), String(process.pid));
    await removeCgroup(support, name);
    for (const file of groups) await expect(access(file)).rejects.toThrow('ENOENT');
  });
});
