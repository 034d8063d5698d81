import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { qemuCommandLine } from '../../executor/qemu/argv.ts';
import { blockNodes } from '../../executor/qemu/devices/blockdev.ts';
import { diskNode, fileNode, generatedMac } from '../../executor/qemu/identifiers.ts';
import { keyValues } from '../../executor/qemu/options.ts';
import { bare, inputOf, UUID, valuesOf, volume } from './inputs.ts';

/** What a path, an SMBIOS text or a kernel's words may hold: everything but NUL and line ends. */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => !/[\n\r\0]/.test(value));
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

/** qemu's own way to read an option string: commas part values, two are one. */
function readOptions(value: string): Map<string, string> {
  const parts = value
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
}

test('odd characters in paths and texts change no argument but their own', () => {
  fc.assert(
    fc.property(text, text, text, text, (path, manufacturer, words, product) => {
      const build = (a: string, b: string, c: string, d: string) => {
        const disks = [{ name: 'root', disk: { name: 'x' } }];
        const boot = { kernel: { image: { name: 'k' }, commandLine: c } };
        const machine = { boot, smbios: { manufacturer: b, product: d } };
        const input = inputOf({ ...bare, disks, machine });
        const kernel = { image: `/images/${a}` };
        return qemuCommandLine({ ...input, volumes: { root: volume(`/pool/${a}`) }, kernel, runDir: join('/run', a) });
      };
      const plain = build('a', 'b', 'c', 'd');
      const odd = build(path, manufacturer, words, product);
      expect(odd).toHaveLength(plain.length);
      expect(odd.filter((argument) => argument.startsWith('-')).length).toBeGreaterThanOrEqual(
        plain.filter((argument) => argument.startsWith('-')).length,
      );
      const [smbios = ''] = valuesOf(odd, '-smbios');
      expect(readOptions(smbios).get('manufacturer')).toBe(manufacturer);
      expect(readOptions(smbios).get('product')).toBe(product);
      expect(JSON.parse(valuesOf(odd, '-blockdev')[0] ?? '').filename).toBe(`/pool/${path}`);
      expect(valuesOf(odd, '-append')).toEqual([words]);
      expect(readOptions(valuesOf(odd, '-chardev')[0] ?? '').get('path')).toBe(join('/run', path, 'qmp.sock'));
    }),
  );
});

test('an option string reads back as what it was made of', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text, { minKeys: 1 }), (values) => {
      expect(Object.fromEntries(readOptions(keyValues(values)))).toEqual({ ...values });
    }),
  );
});

test('names of block nodes fit in the 31 bytes that qemu gives them, and differ where the disks do', () => {
  fc.assert(
    fc.property(label, label, (a, b) => {
      expect(diskNode(a).length).toBeLessThanOrEqual(31);
      expect(fileNode(a)).not.toBe(diskNode(a));
      expect(diskNode(a) === diskNode(b)).toBe(a === b);
    }),
  );
});

test('a made MAC address is a unicast address of its own, always the same', () => {
  fc.assert(
    fc.property(label, (name) => {
      expect(generatedMac(UUID, name)).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
      expect(generatedMac(UUID.toUpperCase(), name)).toBe(generatedMac(UUID, name));
    }),
  );
});

test('a read-only disk is so at each node', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.constantFrom('disk', 'cdrom'), (wanted, volumeIs, device) => {
      const [disk] =
        inputOf({ disks: [{ name: 'a', disk: { name: 'a' }, device, readOnly: wanted }] }).spec.disks ?? [];
      const nodes = disk ? blockNodes(disk, volume('/p', { readOnly: volumeIs }), {}) : [];
      expect(nodes.map((node) => node['read-only'])).toEqual(Array(2).fill(wanted || volumeIs || device === 'cdrom'));
    }),
  );
});
