import { describe, expect, test } from 'vitest';
import { qemuCommandLine, Refusal } from '../../executor/qemu/argv.ts';
import { SEED } from '../../executor/qemu/seed.ts';
import { inputOf } from './inputs.ts';

const bare = { graphics: [], serials: [], channels: [], rng: [] };
const line = (spec: object, more: object = {}): string[] => qemuCommandLine(inputOf({ ...bare, ...spec }, more));

describe("cloud-init's seed on the command line", () => {
  test('is a CD-ROM on virtio that nothing boots from before a disk', () => {
    const volumes = { [SEED]: { path: '/seeds/a.iso', format: 'raw' as const, readOnly: true, directIo: true } };
    const argv = line({ cloudInit: { noCloud: {} } }, { volumes });
    const device = argv.find((word) => word.includes('"scsi-cd"')) ?? '';
    expect(JSON.parse(device)).toMatchObject({ driver: 'scsi-cd', drive: `disk-${SEED}`, id: `disk-${SEED}` });
    expect(device).not.toContain('bootindex');
    expect(argv.filter((word) => word.includes('/seeds/a.iso') && word.includes('"read-only":true'))).toHaveLength(1);
  });

  test('leaves a machine without a disk to its network', () => {
    const interfaces = [{ name: 'eth0', network: { name: 'default' } }];
    const argv = line({ cloudInit: { noCloud: {} }, interfaces }, { networks: { eth0: { user: { forwards: [] } } } });
    expect(argv.find((word) => word.includes('"virtio-net-pci"'))).toContain('"bootindex":1');
  });

  test('or its address, in the serial number, with the other words of the system kept', () => {
    const cloudInit = { noCloud: { seedFrom: 'http://192.0.2.1/a/', hostName: 'w', instanceId: 'i' } };
    const argv = line({ cloudInit, machine: { type: 'q35', smbios: { product: 'p' } } });
    const smbios = argv[argv.indexOf('-smbios') + 1];
    expect(smbios).toContain('serial=ds=nocloud-net;h=w;i=i;s=http://192.0.2.1/a/');
    expect(smbios).toContain('product=p');
    expect(argv.join(' ')).not.toContain('scsi-cd');
  });

  test('not both a serial number and an address', () => {
    const cloudInit = { noCloud: { seedFrom: 'http://192.0.2.1/' } };
    expect(() => line({ cloudInit, machine: { type: 'q35', smbios: { serial: 's' } } })).toThrow(Refusal);
  });
});
