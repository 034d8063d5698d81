import type { DomainDraft, SpecDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

/** libvirt's processor where the XML says nothing, on every x86 machine. */
const LIBVIRT_DEFAULT = 'qemu64';

/** Carries `<vcpu>`, `<cpu mode>` and `<topology>` over into `spec.cpu`. */
export function cpuFromLibvirt({ draft, faults }: Building): void {
  const { cpu, topology } = draft.libvirt;
  const model = cpu?.mode === 'host' ? undefined : cpu?.mode === 'max' ? 'max' : (cpu?.model ?? LIBVIRT_DEFAULT);
  draft.spec.cpu = { ...counts(draft, faults, topology), ...(model !== undefined && { model }), ...draft.spec.cpu };
}

type Topology = DomainDraft['libvirt']['topology'];

function counts(
  { libvirt }: DomainDraft,
  faults: Building['faults'],
  topology: Topology,
): NonNullable<SpecDraft['cpu']> {
  const most = libvirt.vcpus ?? 1;
  const cores = topology?.cores ?? 1;
  const threads = topology?.threads ?? 1;
  const sockets = topology?.sockets ?? most;
  if (sockets * cores * threads !== most) {
    const reason = `${sockets} sockets × ${cores} cores × ${threads} threads are not the ${most} of <vcpu>`;
    faults.push({ xpath: '/domain/cpu/topology', reason });
  }
  const now = libvirt.vcpusAtStart ?? most;
  if (now > most) faults.push({ xpath: '/domain/vcpu/@current', reason: `is more than the ${most} of <vcpu>` });
  else if (now % (cores * threads) !== 0) {
    const reason = `is no whole number of sockets of ${cores * threads} CPUs; only whole sockets can be left out at the start`;
    faults.push({ xpath: '/domain/vcpu/@current', reason });
  }
  const start = Math.max(1, Math.floor(now / (cores * threads)));
  return {
    sockets: start,
    ...(topology && { cores, threads }),
    ...(now !== most && { maxVcpus: most }),
  };
}

/** The other way: every count is said; what the input left out is taken away afterwards. */
export function cpuToLibvirt({ spec, libvirt }: DomainDraft): void {
  const { sockets = 1, cores = 1, threads = 1, maxVcpus, model } = spec.cpu ?? {};
  const now = sockets * cores * threads;
  libvirt.vcpus = maxVcpus ?? now;
  if (maxVcpus !== undefined && maxVcpus !== now) libvirt.vcpusAtStart = now;
  libvirt.topology = { sockets: libvirt.vcpus / (cores * threads), cores, threads };
  if (model === undefined || model === 'host') libvirt.cpu = { mode: 'host' };
  else libvirt.cpu = model === 'max' ? { mode: 'max' } : { mode: 'custom', model };
}
