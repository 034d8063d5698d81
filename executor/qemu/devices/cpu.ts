import type { Board } from '../board.ts';
import { keyValues, option } from '../options.ts';
import { Refusal } from '../refusal.ts';

/** Both accelerators' fullest model: the host's own, or all that qemu can emulate. */
const FULLEST = { kvm: 'host', tcg: 'max' } as const;

/** qemu's names of the enlightenments where they are not `hv-` and ours. */
const HYPER_V: Readonly<Record<string, readonly [string, string]>> = {
  spinlocks: ['hv-spinlocks', '0x1fff'],
};

export function cpuArguments(board: Board): string[] {
  const { cpu } = board.spec;
  const cores = cpu.cores * cpu.threads;
  const count = cpu.sockets * cores;
  const most = cpu.maxVcpus ?? count;
  if (most % cores !== 0) {
    throw new Refusal(
      'CpuTopology',
      'spec.cpu.maxVcpus',
      `${most} is no multiple of cores × threads (${cores}); use ${Math.ceil(most / cores) * cores}`,
    );
  }
  const topology = { sockets: most / cores, cores: cpu.cores, threads: cpu.threads };
  return ['-cpu', cpuModel(board), '-smp', option(String(count), { ...topology, maxcpus: most })];
}

function cpuModel({ input, spec }: Board): string {
  const model = spec.cpu.model ?? FULLEST[input.accelerator];
  if (model === 'host' && input.accelerator !== 'kvm') {
    throw new Refusal('CpuModelNeedsKvm', 'spec.cpu.model', 'host needs KVM, which this node does not have; use max');
  }
  const chosen = (spec.cpu.features ?? []).map(({ name, policy }) => [name, policy === 'Require' ? 'on' : 'off']);
  return [model, keyValues(Object.fromEntries([...chosen, ...hyperV({ input, spec })]))].filter(Boolean).join(',');
}

/** Enlightenments are KVM's: without it they are left out, and the machine's condition names them. */
function hyperV({ input, spec }: Pick<Board, 'input' | 'spec'>): (readonly [string, string])[] {
  if (input.accelerator !== 'kvm') return [];
  const crash: (readonly [string, string])[] =
    spec.panic.enabled && spec.panic.model === 'hyperv' ? [['hv-crash', 'on']] : [];
  const wanted = spec.machine.features?.hyperV ?? [];
  return [...wanted.map((name) => HYPER_V[name] ?? ([`hv-${name}`, 'on'] as const)), ...crash];
}
