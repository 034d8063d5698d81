import { execFile } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { lookupUser, resolveQemuUser } from '../../executor/host/user.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const MODULE = fileURLToPath(new URL('../../executor/host/user.ts', import.meta.url));

describe('the unprivileged user', () => {
  it('is looked up with its groups', async () => {
    expect(await lookupUser('nobody')).toMatchObject({ uid: 65534, gid: 65534 });
    expect(await lookupUser('root')).toMatchObject({ uid: 0, gid: 0 });
    expect(await lookupUser('vmctl-no-such-user')).toBeUndefined();
    expect(await lookupUser('--help')).toBeUndefined();
  });

  it.runIf(isRoot)('is taken where it exists', async () => {
    expect(await resolveQemuUser('nobody')).toMatchObject({ name: 'nobody', user: { uid: 65534 } });
  });

  it.runIf(isRoot)('is not taken where it could not reach what it must, with the folder', async () => {
    const folder = await temporaryFolder();
    expect(await resolveQemuUser('nobody', { through: ['/usr', folder] })).toEqual({
      reason: `qemu runs as root: user 65534 may not go through ${folder} (mode 0700, owner 0:0)`,
    });
    await chmod(folder, 0o711);
    expect(await resolveQemuUser('nobody', { through: ['/usr', folder] })).toMatchObject({ name: 'nobody' });
    await rm(folder, { recursive: true });
  });

  it.each([
    ['the executor is no root', 'nobody', 1000, 'only root can switch users'],
    ['it does not exist', 'vmctl-no-such-user', 0, 'make it with: useradd --system vmctl-no-such-user'],
    ['it is root', 'root', 0, 'qemu runs as root: root is root'],
  ])('is not taken, with the reason, when %s', async (_, name, executorUid, reason) => {
    const choice = await resolveQemuUser(name, { executorUid });
    expect(choice.user).toBeUndefined();
    expect(choice).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  it.runIf(isRoot)('is made where asked for: tried on a copy of /etc that only this test sees', async () => {
    const program = `
      const { resolveQemuUser } = await import(${JSON.stringify(MODULE)});
      const choices = [await resolveQemuUser('vmctl-made', { create: true }), await resolveQemuUser('vmctl-made')];
      console.log(JSON.stringify(choices));`;
    const copy = await temporaryFolder();
    const inCopy = 'copy=$1; shift; cp -a /etc/. "$copy" && mount --bind "$copy" /etc && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', program];
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', inCopy, 'sh', copy, ...node]);
    await rm(copy, { recursive: true });
    const [made, found] = JSON.parse(stdout);
    expect(made).toMatchObject({ name: 'vmctl-made', user: { uid: expect.any(Number) } });
    expect(made.user.uid).toBeGreaterThan(0);
    expect(found).toEqual(made);
    expect(await lookupUser('vmctl-made')).toBeUndefined();
  });
});
