import type { DomainDraft, SpecDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

/** libvirt's processor where the XML says nothing, on every x86 machine. */
const LIBVIRT_DEFAULT = 'qemu64';

/** Beyond what the schema allows; more are refused anyway. */
const MOST_PINNED = 1024;

type Cpu = NonNullable<SpecDraft['cpu']>;

/** Carries `<vcpu>`, `<cpu mode>` and `<topology>` over into `spec.cpu`. */
export function cpuFromLibvirt({ draft, faults }: Building): void {
  const { cpu, topology } = draft.libvirt;
  const model = cpu?.mode === 'host' ? undefined : cpu?.mode === 'max' ? 'max' : (cpu?.model ?? LIBVIRT_DEFAULT);
  const pinning = pins(draft);
  // Emulated processors migrate anyway. libvirt: qemuDomainDefCPUPostParse
  const fullest = (cpu?.mode === 'host' || cpu?.mode === 'max') && draft.spec.machine?.accelerator !== 'tcg';
  draft.spec.cpu = {
    ...counts(draft, faults, topology),
    ...(model !== undefined && { model }),
    ...(fullest && { migratable: true }),
    ...draft.spec.cpu,
    ...(pinning && { pinning }),
  };
}

type Pins = NonNullable<Cpu['pinning']>;

/** Virtual CPUs that are not pinned by themselves run on the set of all. */
function pins({ spec, libvirt }: DomainDraft): Pins | undefined {
  const own = spec.cpu?.pinning;
  const { cpuset, vcpus = 1 } = libvirt;
  if (cpuset === undefined || vcpus > MOST_PINNED) return own;
  const others = Array.from({ length: vcpus }, (_, vcpu) => ({ vcpu, cpuset }));
  return [...(own ?? []), ...others.filter(({ vcpu }) => !own?.some((pin) => pin.vcpu === vcpu))];
}

type Topology = DomainDraft['libvirt']['topology'];

function counts({ libvirt }: DomainDraft, faults: Building['faults'], topology: Topology): Cpu {
  const most = libvirt.vcpus ?? 1;
  const now = libvirt.vcpusAtStart ?? most;
  if (now > most) faults.push({ xpath: '/domain/vcpu/@current', reason: `is more than the ${most} of <vcpu>` });
  const start = now === most ? {} : { vcpus: Math.min(now, most) };
  if (!topology) return { sockets: most, ...start };
  const { sockets = 1, dies = 1, clusters = 1, cores = 1, threads = 1 } = topology;
  if (sockets * dies * clusters * cores * threads !== most) {
    const parts = `${sockets} sockets × ${dies} dies × ${clusters} clusters × ${cores} cores × ${threads} threads`;
    faults.push({ xpath: '/domain/cpu/topology', reason: `${parts} are not the ${most} of <vcpu>` });
  }
  return { sockets, dies, clusters, cores, threads, ...start };
}

/** The other way: every count is said; what the input left out is taken away afterwards. */
export function cpuToLibvirt({ spec, libvirt }: DomainDraft): void {
  const { sockets = 1, dies, clusters, cores = 1, threads = 1, vcpus, maxVcpus, model, pinning = [] } = spec.cpu ?? {};
  const socket = (dies ?? 1) * (clusters ?? 1) * cores * threads;
  const all = sockets * socket;
  const most = maxVcpus ?? all;
  const now = vcpus ?? all;
  libvirt.vcpus = most;
  if (now !== most) libvirt.vcpusAtStart = now;
  const sets = new Set(pinning.map(({ cpuset }) => cpuset));
  const [only] = sets;
  if (only !== undefined && sets.size === 1 && pinning.length === libvirt.vcpus) libvirt.cpuset = only;
  const parts = { ...(dies !== undefined && { dies }), ...(clusters !== undefined && { clusters }) };
  libvirt.topology = { sockets: most / socket, ...parts, cores, threads };
  if (model === undefined || model === 'host') libvirt.cpu = { mode: 'host' };
  else libvirt.cpu = model === 'max' ? { mode: 'max' } : { mode: 'custom', model };
}
