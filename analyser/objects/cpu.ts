import type { DomainDraft, SpecDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

/** libvirt's processor where the XML says nothing, on every x86 machine. */
const LIBVIRT_DEFAULT = 'qemu64';

/** Beyond what the schema allows; more are refused anyway. */
const MOST_PINNED = 1024;

/** Carries `<vcpu>`, `<cpu mode>` and `<topology>` over into `spec.cpu`. */
export function cpuFromLibvirt({ draft, faults }: Building): void {
  const { cpu, topology } = draft.libvirt;
  const model = cpu?.mode === 'host' ? undefined : cpu?.mode === 'max' ? 'max' : (cpu?.model ?? LIBVIRT_DEFAULT);
  const pinning = pins(draft);
  draft.spec.cpu = {
    ...counts(draft, faults, topology),
    ...(model !== undefined && { model }),
    ...draft.spec.cpu,
    ...(pinning && { pinning }),
  };
}

type Pins = NonNullable<NonNullable<SpecDraft['cpu']>['pinning']>;

/** Virtual CPUs that are not pinned by themselves run on the set of all. */
function pins({ spec, libvirt }: DomainDraft): Pins | undefined {
  const own = spec.cpu?.pinning;
  const { cpuset, vcpus = 1 } = libvirt;
  if (cpuset === undefined || vcpus > MOST_PINNED) return own;
  const others = Array.from({ length: vcpus }, (_, vcpu) => ({ vcpu, cpuset }));
  return [...(own ?? []), ...others.filter(({ vcpu }) => !own?.some((pin) => pin.vcpu === vcpu))];
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
  const { sockets = 1, cores = 1, threads = 1, maxVcpus, model, pinning = [] } = spec.cpu ?? {};
  const now = sockets * cores * threads;
  libvirt.vcpus = maxVcpus ?? now;
  if (maxVcpus !== undefined && maxVcpus !== now) libvirt.vcpusAtStart = now;
  const sets = new Set(pinning.map(({ cpuset }) => cpuset));
  const [all] = sets;
  if (all !== undefined && sets.size === 1 && pinning.length === libvirt.vcpus) libvirt.cpuset = all;
  libvirt.topology = { sockets: libvirt.vcpus / (cores * threads), cores, threads };
  if (model === undefined || model === 'host') libvirt.cpu = { mode: 'host' };
  else libvirt.cpu = model === 'max' ? { mode: 'max' } : { mode: 'custom', model };
}
