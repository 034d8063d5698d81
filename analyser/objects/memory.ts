import { parseSize } from '../../schemas/types/size.ts';
import type { DomainDraft } from '../elements/draft.ts';
import { amountOf, quantityOf } from '../values/numbers.ts';
import type { Building } from './building.ts';

const MIB_IN_KIB = 1024;
const PAGE_KIB = { '2Mi': 2 * MIB_IN_KIB, '1Gi': MIB_IN_KIB * MIB_IN_KIB } as const;

/** Carries `<memory>`, `<hugepages>` and NUMA cells over. */
export function memoryFromLibvirt({ draft, faults }: Building): void {
  const { memory, hugepages } = draft.libvirt;
  if (memory?.amount === undefined) faults.push({ xpath: '/domain/memory', reason: 'is missing' });
  else draft.spec.memory = { ...draft.spec.memory, size: quantityOf(memory.amount, memory.unit) };
  if (hugepages?.used && draft.spec.memory) {
    const large = hugepages.amount !== undefined && quantityOf(hugepages.amount, hugepages.unit) === '1Gi';
    const pageSize = large ? '1Gi' : '2Mi';
    draft.spec.memory.hugepages = hugepages.amount === undefined ? {} : { pageSize };
  }
  numaFromLibvirt(draft, faults);
  checkSum(draft, faults);
}

/** libvirt takes the sum of the cells and forgets what `<memory>` says; here nothing is forgotten. */
function checkSum({ spec }: DomainDraft, faults: Building['faults']): void {
  const size = spec.memory?.size;
  const sum = (spec.numa ?? []).reduce((bytes, cell) => bytes + parseSize(cell.memory), 0n);
  if (sum > 0n && size !== undefined && parseSize(size) !== sum) {
    faults.push({ xpath: '/domain/memory', reason: `is not the memory of the cells together, ${sum} bytes` });
  }
}

function numaFromLibvirt({ spec, cells, libvirt }: DomainDraft, faults: Building['faults']): void {
  if (cells.length === 0) return;
  spec.numa = cells.map(({ name, id, cpus, memory }, index) => {
    const xpath = cells.length === 1 ? '/domain/cpu/numa/cell' : `/domain/cpu/numa/cell[${index + 1}]`;
    if (id !== undefined && id !== index)
      faults.push({ xpath: `${xpath}/@id`, reason: `must be ${index}: cells are numbered in their order` });
    if (cpus === undefined) faults.push({ xpath, reason: 'cells without CPUs are not supported' });
    if (memory?.amount === undefined) faults.push({ xpath, reason: '@memory is missing' });
    return {
      name,
      cpus: cpus ?? '',
      memory: quantityOf(memory?.amount ?? 0, memory?.unit),
      ...(libvirt.nodeset !== undefined && { hostNodes: libvirt.nodeset }),
    };
  });
}

export function memoryToLibvirt(draft: DomainDraft): void {
  const { memory, numa = [] } = draft.spec;
  draft.libvirt.memory = amountOf(memory?.size ?? 0);
  if (memory?.hugepages) {
    const { pageSize } = memory.hugepages;
    draft.libvirt.hugepages = { used: true, ...(pageSize && { amount: PAGE_KIB[pageSize], unit: 'KiB' }) };
  }
  draft.cells = numa.map(({ name, cpus, memory: size }, id) => ({ name, id, cpus, memory: amountOf(size) }));
  const nodes = new Set(numa.map(({ hostNodes }) => hostNodes));
  const [nodeset] = nodes;
  if (nodes.size === 1 && nodeset !== undefined) Object.assign(draft.libvirt, { nodeset, nodeMode: 'strict' });
}
