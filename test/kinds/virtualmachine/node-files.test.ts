import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkNodeFiles } from '../../../executor/kinds/virtualmachine/node-files.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-nf-'));
  await writeFile(join(folder, 'inside.img'), '');
  await symlink('/etc/passwd', join(folder, 'link.img'));
});
afterAll(() => rm(folder, { recursive: true }));

const machine = (spec: object): VirtualMachine => ({
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { name: 'web' },
  spec: kinds.VirtualMachine.spec.parse({ memory: { size: '1Gi' }, ...spec }),
});

const disk = (path: string, more: object = {}): object => ({
  disks: [{ name: 'vda', source: { file: { path }, format: 'qcow2', ...more } }],
});

test('a file below an allowed folder is used where it is', async () => {
  await checkNodeFiles(machine(disk(join(folder, 'inside.img'))), [folder]);
  await checkNodeFiles(machine({ serials: [{ name: 's', backend: { file: { path: join(folder, 'new.log') } } }] }), [
    folder,
  ]);
});

const REFUSED: readonly (readonly [what: string, spec: () => object, field: RegExp])[] = [
  ['a file elsewhere', () => disk('/etc/passwd'), /^spec\.disks\[vda\]\.source$/],
  ['a link that leads elsewhere', () => disk(join(folder, 'link.img')), /disks\[vda\]/],
  ['a path that climbs out', () => disk(`${folder}/../passwd`), /disks\[vda\]/],
  ['a file that is not there, elsewhere', () => disk('/nowhere/at/all.img'), /disks\[vda\]/],
  [
    'a file of the chain',
    () => disk(join(folder, 'inside.img'), { backing: [{ block: { path: '/dev/null' }, format: 'raw' }] }),
    /disks\[vda\]/,
  ],
  [
    'a file of data',
    () => disk(join(folder, 'inside.img'), { dataFile: { file: { path: '/etc/passwd' } } }),
    /disks\[vda\]/,
  ],
  ['a shared folder', () => ({ filesystems: [{ name: 'f', path: '/etc', tag: 't' }] }), /^spec\.filesystems\[f\]$/],
  [
    'a log',
    () => ({ serials: [{ name: 's', backend: { pty: {} }, log: { path: '/etc/cron.d/x' } }] }),
    /^spec\.serials\[s\]$/,
  ],
  [
    'a socket',
    () => ({ channels: [{ name: 'c', port: { name: 'p' }, backend: { unix: { mode: 'listen', path: '/run/x' } } }] }),
    /^spec\.channels\[c\]$/,
  ],
];

for (const [what, spec, field] of REFUSED) {
  test(`${what} is refused`, async () => {
    await expect(checkNodeFiles(machine(spec()), [folder])).rejects.toMatchObject({
      reason: 'FileNotAllowed',
      field: expect.stringMatching(field),
    });
  });
}

test('where no folder is allowed, the message says so', async () => {
  await expect(checkNodeFiles(machine(disk('/a')), [])).rejects.toThrow(/no folder is allowed.*--import-folder/);
});
