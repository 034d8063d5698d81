import { formatSize, parseSize } from '../../schemas/types/size.ts';
import type { DomainDraft, PageDraft, SpecDraft } from '../elements/draft.ts';
import { amountOf, bytesOf, quantityOf } from '../values/numbers.ts';
import type { Building } from './building.ts';

type Memory = NonNullable<SpecDraft['memory']>;
type PageSize = '4Ki' | '2Mi' | '1Gi';

const PAGES = { '4Ki': 4, '2Mi': 2048, '1Gi': 1024 * 1024 } as const satisfies Record<PageSize, number>;

const bytesIn = (list: readonly { readonly size?: string | number }[]): bigint =>
  list.reduce((sum, { size }) => sum + parseSize(size ?? 0), 0n);

/** Carries `<memory>`, huge pages, NUMA cells and devices of memory over. */
export function memoryFromLibvirt(building: Building): void {
  const { draft, faults } = building;
  const { memory } = draft.libvirt;
  numaFromLibvirt(draft, faults);
  const cells = (draft.spec.numa ?? []).reduce((sum, cell) => sum + parseSize(cell.memory), 0n);
  const all = memory?.amount === undefined ? undefined : bytesOf(memory.amount, memory.unit);
  const own = cells > 0n ? cells : all === undefined ? undefined : all - bytesIn(draft.memoryDevices);
  if (own === undefined) faults.push({ xpath: '/domain/memory', reason: 'is missing' });
  else if (own < 0n) faults.push({ xpath: '/domain/memory', reason: 'is less than that of the memory devices' });
  else draft.spec.memory = { ...draft.spec.memory, size: formatSize(own) };
  if (draft.spec.memory) carryParts(draft, draft.spec.memory);
}

function carryParts(draft: DomainDraft, memory: Memory): void {
  const { libvirt, pages, memoryDevices, links } = draft;
  if (libvirt.hugepages?.used) memory.hugepages = hugepagesOf(pages);
  const special = memory.hugepages !== undefined || memory.backing?.shared !== undefined;
  if (special && memory.backing?.source === undefined) memory.backing = { ...memory.backing, source: 'File' };
  if (memoryDevices.length > 0) memory.devices = memoryDevices as NonNullable<Memory['devices']>;
  const placed = memory.backing?.hostNodes ?? memory.backing?.hostPlacement ?? draft.nodes[0];
  if (libvirt.automatic && placed === undefined) memory.backing = { ...memory.backing, hostPlacement: 'Automatic' };
  const all = [...links.latencyNanoseconds, ...links.bandwidthKibibytesPerSecond];
  if (all.length > 0) draft.spec.numaLinks = all as NonNullable<SpecDraft['numaLinks']>;
}

const pageSizeOf = ({ amount = 0, unit }: PageDraft): PageSize =>
  (Object.keys(PAGES) as PageSize[]).find((size) => BigInt(PAGES[size]) * 1024n === bytesOf(amount, unit)) ?? '2Mi';

/** Pages without cells are for all that no others are for; without those, the rest of the memory is ordinary. */
function hugepagesOf(pages: readonly PageDraft[]): NonNullable<Memory['hugepages']> {
  if (pages.length === 0) return {};
  const all = pages.find(({ cells }) => cells === undefined);
  const cells = pages.flatMap((page) =>
    page.cells === undefined ? [] : [{ cells: page.cells, pageSize: pageSizeOf(page) }],
  );
  return { pageSize: all ? pageSizeOf(all) : '4Ki', ...(cells.length > 0 && { cells }) };
}

function numaFromLibvirt({ spec, cells, nodes }: DomainDraft, faults: Building['faults']): void {
  for (const { cell = 0 } of nodes) {
    if (cells.length <= cell) faults.push({ xpath: '/domain/numatune/memnode', reason: `there is no cell ${cell}` });
  }
  if (cells.length === 0) return;
  spec.numa = cells.map(({ name, id, memory, ...cell }, index) => {
    const xpath = cells.length === 1 ? '/domain/cpu/numa/cell' : `/domain/cpu/numa/cell[${index + 1}]`;
    if (id !== undefined && id !== index)
      faults.push({ xpath: `${xpath}/@id`, reason: `must be ${index}: cells are numbered in their order` });
    if (memory?.amount === undefined) faults.push({ xpath, reason: '@memory is missing' });
    const { cell: _, ...host } = nodes.find((node) => node.cell === index) ?? {};
    return { name, ...cell, memory: quantityOf(memory?.amount ?? 0, memory?.unit), ...host };
  });
}

export function memoryToLibvirt(draft: DomainDraft): void {
  const { memory, numa = [], numaLinks = [] } = draft.spec;
  const devices = (memory?.devices ?? []) as DomainDraft['memoryDevices'];
  draft.libvirt.memory = amountOf(String(parseSize(memory?.size ?? 0) + bytesIn(devices)));
  draft.memoryDevices = devices;
  if (memory?.hugepages) {
    draft.libvirt.hugepages = { used: true };
    draft.pages = pagesOf(memory.hugepages);
  }
  draft.cells = numa.map(({ hostNodes: _, hostPolicy: __, ...cell }, id) => ({
    ...cell,
    id,
    memory: amountOf(cell.memory),
  }));
  draft.nodes = numa.flatMap(({ hostNodes, hostPolicy }, cell) =>
    hostNodes === undefined ? [] : [{ cell, hostNodes, ...(hostPolicy && { hostPolicy }) }],
  );
  draft.links = {
    latencyNanoseconds: numaLinks.filter(({ latencyNanoseconds }) => latencyNanoseconds !== undefined),
    bandwidthKibibytesPerSecond: numaLinks.filter(
      ({ bandwidthKibibytesPerSecond }) => bandwidthKibibytesPerSecond !== undefined,
    ),
  };
}

function pagesOf({ pageSize, cells = [] }: NonNullable<Memory['hugepages']>): PageDraft[] {
  const page = (size: PageSize): PageDraft => ({ amount: PAGES[size], unit: 'KiB' });
  const all = pageSize === undefined || (pageSize === '4Ki' && cells.length > 0) ? [] : [page(pageSize)];
  return [...all, ...cells.map((one) => ({ ...page(one.pageSize), cells: one.cells }))];
}
