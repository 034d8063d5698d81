import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findFirmware } from '../../executor/host/firmware.ts';
import { chooseUefi, type UefiFirmware } from '../../executor/qemu/firmware.ts';
import { specOf } from './inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-fw-'));
afterAll(() => rmSync(folder, { recursive: true }));

const raw = (path: string) => ({ path, format: 'raw' as const });
const one = (name: string, machines: string[], ...features: string[]): UefiFirmware => ({
  code: raw(`/fw/${name}.fd`),
  variables: raw(`/fw/${name}.vars`),
  machines,
  features,
});
const firmware = [
  one('enrolled', ['pc-q35-*'], 'secure-boot', 'enrolled-keys', 'requires-smm'),
  one('secure', ['pc-q35-*'], 'secure-boot', 'requires-smm'),
  one('plain', ['pc-q35-*', 'pc-i440fx-*']),
];
const host = { vhostVsock: false, vfio: false, usbHost: false, firmware };

const chosen = (uefi: object, type = 'q35') => {
  const wanted = specOf({ machine: { firmware: { uefi } } }).machine?.firmware?.uefi;
  if (!wanted) throw new Error('there is no UEFI');
  return chooseUefi(wanted, type, host);
};

test('the first firmware of the node for the board, with the features that are asked for', () => {
  expect(chosen({}).code.path).toBe('/fw/plain.fd');
  expect(chosen({}, 'pc-i440fx-7.2').sources).toEqual(['/fw/plain.vars']);
  expect(chosen({ secureBoot: true }).code.path).toBe('/fw/enrolled.fd');
  expect(chosen({ secureBoot: true, enrolledKeys: false }, 'pc-q35-rhel9.4.0').code.path).toBe('/fw/secure.fd');
  expect(() => chosen({ secureBoot: true }, 'pc')).toThrow(/with secure boot for this machine type; install/);
});

test('firmware that is named is taken, with the variables that are named', () => {
  expect(chosen({ loader: { path: '/fw/secure.fd' } })).toMatchObject({ known: true, sources: ['/fw/secure.vars'] });
  const own = {
    loader: { path: '/own.qcow2', format: 'qcow2' },
    variables: { source: '/a', template: '/b', format: 'raw' },
  };
  expect(chosen(own)).toEqual({
    code: { path: '/own.qcow2', format: 'qcow2' },
    sources: ['/a', '/b'],
    format: 'raw',
    known: false,
    single: false,
  });
  expect(chosen({ loader: { path: '/own.fd', writable: true } })).toEqual({
    code: { path: '/own.fd', format: 'raw' },
    sources: ['/own.fd'],
    format: 'raw',
    known: false,
    single: true,
  });
  expect(chosen({ stateless: true }).sources).toEqual([]);
});

test('descriptors of the administrator hide those of the system, and what cannot be read is left out', async () => {
  const descriptor = (filename: string, more: object = {}) =>
    JSON.stringify({
      'interface-types': ['uefi'],
      mapping: {
        device: 'flash',
        executable: { filename, format: 'raw' },
        'nvram-template': { filename: `${filename}.v`, format: 'qcow2' },
      },
      targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
      features: ['secure-boot'],
      ...more,
    });
  const [etc, share] = [join(folder, 'etc'), join(folder, 'share')];
  for (const path of [etc, share]) mkdirSync(path);
  writeFileSync(join(etc, '50-b.json'), descriptor('/own'));
  writeFileSync(join(etc, '10-a.json'), '');
  writeFileSync(join(share, '10-a.json'), descriptor('/hidden'));
  writeFileSync(join(share, '50-b.json'), descriptor('/hidden'));
  writeFileSync(
    join(share, '60-c.json'),
    descriptor('/arm', { targets: [{ architecture: 'aarch64', machines: ['virt-*'] }] }),
  );
  writeFileSync(join(share, '70-d.json'), descriptor('/last'));
  const found = await findFirmware('x86_64', [etc, share, join(folder, 'none')]);
  expect(found.map(({ code }) => code.path)).toEqual(['/own', '/last']);
  expect(found[0]).toEqual({
    code: raw('/own'),
    variables: { path: '/own.v', format: 'qcow2' },
    machines: ['pc-q35-*'],
    features: ['secure-boot'],
  });
});
