import { once } from 'node:events';
import { chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  besideRunDir,
  hostPaths,
  makeRunDir,
  prepareHome,
  removeRunDir,
  SOCKET_PATH_BYTES,
} from '../../executor/host/paths.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

const UID = '01234567-89ab-cdef-0123-456789abcdef';
const LONG = `/srv/${'long/'.repeat(20)}vmctl`;
const isRoot = process.getuid?.() === 0;
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('where things are', () => {
  it('is below home', () => {
    expect(hostPaths('/var/lib/vmctl')).toEqual({
      home: '/var/lib/vmctl',
      hostState: '/var/lib/vmctl/host',
      runRoot: '/var/lib/vmctl/machines',
    });
  });

  it.each([
    ['root', {}, 0, /^\/run\/vmctl\/[0-9a-f]{12}$/],
    [
      'a user with a runtime folder',
      { XDG_RUNTIME_DIR: '/run/user/1000' },
      1000,
      /^\/run\/user\/1000\/vmctl\/[0-9a-f]{12}$/,
    ],
    ['a user without one', {}, 1000, /\/vmctl-1000-[0-9a-f]{12}$/],
  ])('is elsewhere for sockets of %s whose paths would be too long', (_, env, uid, expected) => {
    const paths = hostPaths(LONG, env, uid);
    expect(paths.runRoot).toMatch(expected);
    expect(paths.runRootReason).toContain(`${LONG}/machines is too long for a socket's path (107 bytes)`);
    expect(paths.hostState).toBe(`${LONG}/host`);
    expect(hostPaths(LONG, env, uid)).toEqual(paths);
    expect(hostPaths(`${LONG}2`, env, uid).runRoot).not.toBe(paths.runRoot);
  });

  it('leaves room that the kernel grants', async () => {
    const home = join(folder, 'x'.repeat(SOCKET_PATH_BYTES - 58 - folder.length - '//machines'.length));
    const paths = hostPaths(home);
    expect(paths.runRoot).toBe(join(home, 'machines'));
    expect(hostPaths(`${home}x`).runRoot).not.toContain(home);
    await prepareHome(paths);
    const socket = join(await makeRunDir(paths, UID), 'x'.repeat(20));
    expect(socket.length).toBe(SOCKET_PATH_BYTES);
    const server = createServer().listen(socket);
    await once(server, 'listening');
    server.close();
  });
});

describe('making the folders', () => {
  it('keeps them to the user, and mends what somebody opened', async () => {
    const paths = hostPaths(join(folder, 'home'));
    await mkdir(paths.home, { mode: 0o755 });
    await prepareHome(paths);
    const runDir = await makeRunDir(paths, UID);
    expect(await makeRunDir(paths, UID)).toBe(runDir);
    for (const path of [paths.home, paths.hostState, paths.runRoot, runDir]) expect(await modeOf(path)).toBe('700');
    const other = await makeRunDir(paths, `${UID}9`);
    await writeFile(besideRunDir(runDir, 'qemu.json'), '{}');
    await removeRunDir(paths, UID);
    await removeRunDir(paths, UID);
    expect(await readdir(paths.runRoot)).toEqual([basename(other)]);
    await expect(stat(runDir)).rejects.toThrow('ENOENT');
  });

  it.runIf(isRoot)("gives a machine's to the user of qemu, who can go there but not look around", async () => {
    const paths = hostPaths(join(folder, 'home'));
    const owner = { uid: 65534, gid: 65534 };
    await prepareHome(paths, owner);
    const runDir = await makeRunDir(paths, UID, owner);
    expect(await stat(runDir)).toMatchObject(owner);
    expect(await modeOf(runDir)).toBe('700');
    expect([await modeOf(paths.home), await modeOf(paths.runRoot), await modeOf(paths.hostState)]).toEqual([
      '711',
      '711',
      '700',
    ]);
    expect(await makeRunDir(paths, UID, owner)).toBe(runDir);
  });

  it('refuses a folder that is a link', async () => {
    const paths = hostPaths(join(folder, 'home'));
    await prepareHome(paths);
    await symlink('/etc', join(paths.runRoot, UID));
    await expect(makeRunDir(paths, UID)).rejects.toThrow(`${join(paths.runRoot, UID)} is no folder of user`);
  });

  it.runIf(isRoot)("refuses a folder that is somebody else's", async () => {
    const paths = hostPaths(join(folder, 'home'));
    await prepareHome(paths);
    await mkdir(join(paths.runRoot, UID));
    await chown(join(paths.runRoot, UID), 1234, 1234);
    await expect(makeRunDir(paths, UID)).rejects.toThrow('it belongs to user 1234');
  });
});
