import type { Observed } from '../../../executor/kinds/virtualmachine/observed.ts';
import { type MachineRecord, newRecord } from '../../../executor/kinds/virtualmachine/record.ts';
import { interfaceDevice } from '../../../executor/qemu/identifiers.ts';
import type { RunState } from '../../../executor/qmp/index.ts';
import { FINALIZER } from '../../../schemas/kinds/define.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { specOf, UUID } from '../../qemu/inputs.ts';

export const NOW = Date.parse('2026-01-02T03:04:05Z');
export const BOOT = 'this-boot';
export const PLACE = { nodeName: 'node', standalone: true } as const;

/** A machine that is bound to this node and held. */
export const machine = (spec: object = {}, metadata: object = {}): VirtualMachine => ({
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default', uid: UUID, generation: 3, finalizers: [FINALIZER], ...metadata },
  spec: specOf({ nodeName: 'node', ...spec }),
});

/** The record of a machine that was started a minute ago and answered. */
export const launched = (
  vm: VirtualMachine,
  more: Partial<MachineRecord['launched']> = {},
): MachineRecord['launched'] => ({
  spec: vm.spec,
  volumes: {},
  networks: {},
  accelerator: 'tcg',
  bootId: BOOT,
  startedAt: '2026-01-02T03:03:05Z',
  memoryBytes: 64 * 1024 ** 2,
  ready: true,
  ...more,
});

export const record = (vm: VirtualMachine, more: Partial<MachineRecord> = {}): MachineRecord => ({
  ...newRecord(vm),
  ...more,
});

const RESOURCES = { volumes: {}, networks: {}, diskProblems: [], networkProblems: [], networkView: {} };

const base = (vm: VirtualMachine): Observed => ({
  now: NOW,
  bootId: BOOT,
  process: { state: 'gone' },
  silentMs: 0,
  record: record(vm),
  resources: RESOURCES,
  missingDisks: [],
  releasing: {},
  taps: [],
  passts: {},
  strays: [],
  passtsAt: {},
  unpluggable: {},
});

export const gone = (
  vm: VirtualMachine,
  more: Partial<MachineRecord> = {},
  rest: Partial<Observed> = {},
): Observed => ({
  ...base(vm),
  record: record(vm, more),
  ...rest,
});

const deviceIds = ({ spec }: VirtualMachine) => [
  ...(spec.disks ?? []).map(({ name }) => `disk-${name}`),
  ...(spec.interfaces ?? []).map(({ name }) => interfaceDevice(name)),
];

/** A machine whose qemu answers. */
export function alive(
  vm: VirtualMachine,
  status: RunState,
  more: Partial<MachineRecord> = {},
  rest: Partial<Observed> = {},
): Observed {
  const memoryBytes = 64 * 1024 ** 2;
  return {
    ...base(vm),
    process: { state: 'running', pid: 42, startTime: 1 },
    qemu: { status, full: [], agentConnected: false, cpus: 1, memoryBytes, devices: deviceIds(vm) },
    record: record(vm, { launched: launched(vm) as NonNullable<MachineRecord['launched']>, ...more }),
    ...rest,
  };
}
