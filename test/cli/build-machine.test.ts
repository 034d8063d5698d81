import { describe, expect, it } from 'vitest';
import { buildMachine, type MachineFlags } from '../../cli/machine/build.ts';
import { kinds } from '../../schemas/kinds/index.ts';

const flags = (more: Partial<MachineFlags> = {}): MachineFlags => ({
  cpus: 1,
  memory: '1Gi',
  network: 'default',
  start: true,
  ...more,
});

describe('the machine that flags describe', () => {
  it('has a root disk on an image, an interface and forwards', () => {
    const machine = buildMachine(
      'web',
      flags({ image: 'debian-12', 'disk-size': '20Gi', pool: 'fast', cpus: 2, forward: ['2222:22'] }),
    );
    expect(machine).toEqual({
      apiVersion: 'vmctl.dev/v1alpha1',
      kind: 'VirtualMachine',
      metadata: { name: 'web' },
      spec: {
        powerState: 'Running',
        cpu: { cores: 2 },
        memory: { size: '1Gi' },
        disks: [{ name: 'root', image: { name: 'debian-12', size: '20Gi', pool: 'fast' } }],
        interfaces: [{ name: 'eth0', network: { name: 'default' }, forwards: [{ hostPort: 2222, port: 22 }] }],
      },
    });
  });

  it.each([
    flags({ image: 'debian-12' }),
    flags({ 'disk-size': '1Gi', network: 'none' }),
    flags({ disk: ['a', 'b'], start: false }),
    flags({ disk: ['a'], image: 'x', forward: ['0.0.0.0:53:53/udp'] }),
  ])('is one that the schema takes: %o', (some) => {
    const { spec } = buildMachine('web', some) as unknown as { spec: unknown };
    expect(kinds.VirtualMachine.spec.safeParse(spec).error).toBeUndefined();
  });

  it.each([
    [flags(), 'what should the machine boot from?'],
    [flags({ image: 'A b' }), 'is not a name'],
    [flags({ image: 'a', memory: 'lots' }), 'is not a size'],
    [flags({ image: 'a', 'disk-size': '-1' }), 'is not a size'],
    [flags({ image: 'a', network: 'none', forward: ['1:1'] }), '--forward needs a network'],
    [flags({ image: 'a', network: '../x' }), 'is not a name'],
  ])('%o is refused', (some, message) => {
    expect(() => buildMachine('web', some)).toThrow(message);
  });
});
