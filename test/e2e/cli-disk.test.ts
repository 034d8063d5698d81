import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, QUICK } from './cli-home.ts';

describe('vmctl disk', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw', '--wait');
    await person.ok('create', 'web', ...QUICK, '--wait');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const ok = (...args: string[]) => person.ok(...args);
  const get = async (kind: string, name: string) => JSON.parse(await ok('get', kind, name, '-o', 'json'));

  it('attaches a disk to a running machine and takes it out again', async () => {
    await ok(
      'disk',
      'create',
      'data',
      '--size',
      '4Mi',
      '--cluster-size',
      '512Ki',
      '--preallocation',
      'metadata',
      '--wait',
    );
    expect(await ok('disk', 'attach', 'web', 'data', '--bus', 'scsi', '--wait')).toContain(
      'attach of data as data requested',
    );
    const { spec, status } = await get('vm', 'web');
    expect(spec.disks[1]).toMatchObject({ name: 'data', disk: { name: 'data' }, bus: 'scsi' });
    expect(status.disks[1]).toEqual({ name: 'data', disk: 'data', state: 'Attached' });
    await ok('wait', 'disk/data', '--for=jsonpath={.status.usedBy}=web', '--timeout', '60s');
    const twice = await person.vmctl('disk', 'attach', 'web', 'data');
    expect([twice.code, twice.stderr]).toEqual([5, expect.stringContaining('has a disk "data" already')]);
    await ok('disk', 'detach', 'web', 'data', '--wait');
    expect((await get('vm', 'web')).status.disks).toHaveLength(1);
  });

  it('says why a disk cannot come while the machine runs', async () => {
    const { code, stderr } = await person.vmctl('disk', 'attach', 'web', 'data', '--bus', 'sata', '--wait');
    expect(code).toBe(1);
    expect(stderr).toContain('a sata disk is fixed while the machine runs');
    await ok('disk', 'detach', 'web', 'data', '--wait');
  });

  it('clones a disk of a running machine', async () => {
    await ok('disk', 'clone', 'web-root', 'copy', '--format', 'raw', '--wait');
    expect((await get('disk', 'copy')).status).toMatchObject({ phase: 'Ready' });
    expect((await person.vmctl('disk', 'clone', 'absent', 'other', '--wait', '--timeout', '2s')).code).toBe(4);
    await ok('delete', 'disk', 'other', 'copy');
  });

  it('changes the medium of a drive', async () => {
    const disks = [
      { name: 'root', image: { name: 'guest' } },
      { name: 'cd', device: 'cdrom', bus: 'scsi' },
    ];
    const patch = JSON.stringify({ spec: { disks } });
    await person.run('kubectl', ['patch', 'vm', 'web', '--type=merge', '-p', patch]);
    await ok('wait', 'vm/web', '--for=condition=Ready', '--timeout', '90s');
    await ok('disk', 'insert', 'web', '--image', 'guest', '--wait');
    expect((await get('vm', 'web')).spec.disks[1].image).toMatchObject({ name: 'guest' });
    await ok('disk', 'eject', 'web', 'cd', '--wait');
    expect((await get('vm', 'web')).spec.disks[1].image).toBeUndefined();
    expect((await person.vmctl('disk', 'eject', 'web', 'root')).stderr).toContain('which is no drive');
  });
});
