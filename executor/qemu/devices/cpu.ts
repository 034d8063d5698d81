import type { Board } from '../board.ts';
import { keyValues, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { qemuFeature, UNKNOWN } from './cpu-features.ts';

/** Both accelerators' fullest model: the host's own, or all that qemu can emulate. */
const FULLEST = { kvm: 'host', tcg: 'max' } as const;

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

export function cpuArguments(board: Board): string[] {
  const { sockets, dies, clusters, cores, threads, vcpus, maxVcpus } = board.spec.cpu;
  const socket = (dies ?? 1) * (clusters ?? 1) * cores * threads;
  const all = sockets * socket;
  const most = maxVcpus ?? all;
  if (most % socket !== 0) {
    throw new Refusal(
      'CpuTopology',
      'spec.cpu.maxVcpus',
      `${most} is no multiple of the CPUs of a socket (${socket}); use ${Math.ceil(most / socket) * socket}`,
    );
  }
  const count = vcpus ?? all;
  const topology = { sockets: most / socket, dies, clusters, cores, threads };
  const smp = option(String(count), { ...(most > count && { maxcpus: most }), ...topology });
  return ['-cpu', cpuModel(board), '-smp', smp];
}

function cpuModel(board: Board): string {
  const { input, spec } = board;
  const model = spec.cpu.model ?? FULLEST[input.accelerator];
  if (model === 'host' && input.accelerator !== 'kvm') {
    throw new Refusal('CpuModelNeedsKvm', 'spec.cpu.model', 'host needs KVM, which this node does not have; use max');
  }
  const values = { ...ownValues(board), ...chosenFeatures(board), ...kvm(board), ...hyperV(board) };
  return [model, keyValues(values)].filter(Boolean).join(',');
}

/** What the processor itself is, beside its model. */
function ownValues({ spec }: Board): Values {
  const { migratable, vendorId, physicalBits, cache } = spec.cpu;
  const { clock, features } = spec.machine;
  return {
    migratable,
    vendor: vendorId,
    'phys-bits': physicalBits?.mode === 'Emulate' ? physicalBits.bits : undefined,
    'host-phys-bits': physicalBits?.mode === 'Passthrough' ? true : undefined,
    'host-phys-bits-limit': physicalBits?.mode === 'Passthrough' ? physicalBits.limit : undefined,
    pmu: features?.pmu,
    ...(cache && CACHES[cache.mode]),
    'tsc-frequency': clock?.tscFrequencyHertz,
  };
}

/** libvirt: qemuBuildCpuModelArgStr. */
const CACHES = {
  Emulate: { 'l3-cache': true },
  Passthrough: { 'host-cache-info': true, 'l3-cache': false },
  Disable: { 'l3-cache': false },
} as const;

const GIVES: readonly string[] = ['Force', 'Require', 'Optional'];

const chosenFeatures = ({ spec }: Board): Values =>
  Object.fromEntries(
    (spec.cpu.features ?? [])
      .filter(({ name }) => !UNKNOWN.includes(name))
      .map(({ name, policy }) => [qemuFeature(name), GIVES.includes(policy)]),
  );

/** These are properties of the processor under any accelerator; only KVM heeds them. */
function kvm({ spec }: Board): Values {
  const { kvm: told } = spec.machine.features ?? {};
  return {
    kvmclock: spec.machine.clock?.kvmClock,
    'kvm-pv-eoi': told?.endOfInterrupt,
    'kvm-pv-unhalt': told?.pvSpinLock,
    kvm: told?.hidden === undefined ? undefined : !told.hidden,
    'kvm-hint-dedicated': told?.hintDedicated || undefined,
    'kvm-poll-control': told?.pollControl || undefined,
    'kvm-pv-ipi': told?.pvIpi === false ? false : undefined,
  };
}

const RETRIES = 0x1fff;

/** Enlightenments are KVM's: without it they are left out, and the machine's condition names them. */
function hyperV({ input, spec }: Board): Values {
  if (input.accelerator !== 'kvm') return {};
  const {
    hyperV: wanted = [],
    spinLockRetries = RETRIES,
    hyperVVendor,
    hyperVPassthrough,
  } = spec.machine.features ?? {};
  const named = wanted.map((name) =>
    name === 'spinlocks' ? [`hv-${name}`, `0x${spinLockRetries.toString(16)}`] : [`hv-${name}`, true],
  );
  const crash = spec.panic.enabled && spec.panic.model === 'hyperv';
  return {
    ...(hyperVPassthrough && { 'hv-passthrough': true }),
    ...Object.fromEntries(named),
    ...(hyperVVendor !== undefined && { 'hv-vendor-id': hyperVVendor }),
    ...(crash && { 'hv-crash': true }),
  };
}
