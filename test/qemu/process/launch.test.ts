import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createCgroup, detectCgroups, removeCgroup } from '../../../executor/host/cgroup.ts';
import { hostPaths, makeRunDir, prepareHome } from '../../../executor/host/paths.ts';
import { terminateQemu } from '../../../executor/qemu/process/index.ts';
import { launchCommand } from '../../../executor/qemu/process/launch.ts';
import { startMachine, temporaryFolder } from '../../fixtures/guests/machine.ts';

const isRoot = process.getuid?.() === 0;

describe('the command that becomes qemu', () => {
  it('is qemu itself where nothing is to be prepared', () => {
    expect(launchCommand(['qemu', '-S'], {})).toEqual(['qemu', '-S']);
  });

  it('drops privileges, then is qemu', () => {
    const user = { uid: 110, gid: 111, groups: [36, 37] };
    const command = launchCommand(['qemu', '-S'], { user });
    expect(command.slice(0, 5)).toEqual(['setpriv', '--reuid=110', '--regid=111', '--groups', '36,37']);
    expect(command.slice(-3)).toEqual(['--', 'qemu', '-S']);
    expect(launchCommand(['qemu'], { user: { ...user, groups: [] } })).toContain('--clear-groups');
  });

  it('passes paths and arguments with odd characters on as data', () => {
    const odd = ['/a b/$(reboot)', '/c;d/`x`'];
    const command = launchCommand(['qemu', '"$1"'], { cgroupProcs: odd });
    expect(command.slice(3)).toEqual(['vmctl-launch', '2', ...odd, 'qemu', '"$1"']);
    expect(command[2]).not.toContain('reboot');
  });
});

describe.runIf(isRoot)('a qemu started by root', () => {
  it('has an unprivileged user, no capabilities, and a control group of its own', async () => {
    const home = await temporaryFolder();
    const owner = { uid: 65534, gid: 65534 };
    const paths = hostPaths(home);
    await prepareHome(paths, owner);
    const uuid = randomUUID();
    const runDir = await makeRunDir(paths, uuid, owner);
    const cgroups = await detectCgroups();
    const { procs } = await createCgroup(cgroups, uuid);

    await using machine = await startMachine({ runDir, uuid, cgroupProcs: procs, user: { ...owner, groups: [65533] } });
    const qmp = await machine.connect();
    expect(await qmp.execute('query-status')).toMatchObject({ running: true });
    const status = await readFile(`/proc/${machine.qemu.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Groups:\t65533 *$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const joined = await readFile(`/proc/${machine.qemu.pid}/cgroup`, 'utf8');
    expect(joined.split(`/vmctl/${uuid}\n`).length - 1).toBe(procs.filter((file) => file.includes(uuid)).length);
    expect((await readdir(runDir)).sort()).toEqual(['qemu.log', 'qmp.sock', 'serial.log']);

    await terminateQemu(machine.qemu);
    await removeCgroup(cgroups, uuid);
    await rm(home, { recursive: true });
  });

  it('is not what the kernel spares when memory runs out, though the executor is', () => {
    // Only few may lower their own score: the file is one of a /proc that holds nothing else.
    const proc = 'mount -t tmpfs proc /proc && mkdir /proc/self && echo "$0" >/proc/self/oom_score_adj && exec "$@"';
    const scoreBelow = (score: string): string => {
      const command = launchCommand(['cat', '/proc/self/oom_score_adj'], { cgroupProcs: ['/dev/null'] });
      return execFileSync('unshare', ['--mount', 'sh', '-c', proc, score, ...command], { encoding: 'utf8' }).trim();
    };
    expect(['-997', '0', '300'].map(scoreBelow)).toEqual(['0', '0', '300']);
  });

  it('says what kept it from its user or group', async () => {
    const runDir = await temporaryFolder();
    await chmod(runDir, 0o755);
    await using machine = await startMachine({ runDir, cgroupProcs: ['/nonexistent/cgroup.procs'] });
    expect((await machine.qemu.exited).message).toMatch(/exited with code 126: .*\/nonexistent\/cgroup.procs/);
    await rm(runDir, { recursive: true });
  });
});
