import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkNodeChains } from '../../../executor/kinds/virtualmachine/node-chains.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

const run = promisify(execFile);
let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmctl-nc-'));
  await writeFile(at('secret'), Buffer.alloc(1024 * 1024, 'secret'));
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', at('plain.qcow2'), '1M']);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', at('secret'), '-F', 'raw', at('overlay.qcow2')]);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data')}`, at('outside.qcow2'), '1M']);
  await run('qemu-img', ['create', '-q', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', at('flat.vmdk'), '1M']);
  await run('qemu-img', ['create', '-q', '-f', 'vmdk', at('sparse.vmdk'), '1M']);
});
afterAll(() => rm(folder, { recursive: true }));

const machine = (source: object): VirtualMachine => ({
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { name: 'web' },
  spec: kinds.VirtualMachine.spec.parse({ memory: { size: '1Gi' }, disks: [{ name: 'vda', source }] }),
});

const file = (name: string, format: string, more: object = {}) => ({ file: { path: at(name) }, format, ...more });

test.each([
  ['a file with nothing below it', () => file('plain.qcow2', 'qcow2')],
  [
    'an overlay whose backing file is declared',
    () => file('overlay.qcow2', 'qcow2', { backing: [file('secret', 'raw')] }),
  ],
  ['an overlay that is said to be the last', () => file('overlay.qcow2', 'qcow2', { standalone: true })],
  [
    'a file whose data file is declared',
    () => file('outside.qcow2', 'qcow2', { dataFile: { file: { path: at('data') } } }),
  ],
  ['an overlay that is taken byte for byte', () => file('overlay.qcow2', 'raw')],
  ['a VMDK in one file', () => file('sparse.vmdk', 'vmdk')],
  ['a file that is not there', () => file('nowhere', 'qcow2')],
])('%s is used where it is', async (_what, source) => {
  await checkNodeChains(machine(source()));
});

test.each([
  ['an overlay', () => file('overlay.qcow2', 'qcow2'), /disks\[vda\]\.source: .*overlay.*declare that file in backing/],
  [
    'an overlay at the end of a chain',
    () => file('plain.qcow2', 'qcow2', { backing: [file('overlay.qcow2', 'qcow2')] }),
    /source\.backing\[0\]/,
  ],
  ['a file with its data elsewhere', () => file('outside.qcow2', 'qcow2'), /declare that in dataFile/],
  ['a VMDK of extents', () => file('flat.vmdk', 'vmdk'), /flat\.vmdk: /],
  ['a format whose header is not read', () => file('secret', 'qed'), /may name another one/],
  ['what is no qcow2', () => file('secret', 'qcow2'), /secret: /],
])('%s that leads qemu to a file that nobody declared is refused', async (_what, source, words) => {
  await expect(checkNodeChains(machine(source()))).rejects.toThrow(words);
});
