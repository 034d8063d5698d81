import type { DiskDraft, LayerDraft, PlaceType } from '../elements/draft.ts';
import { emptyLayer } from '../elements/draft.ts';

type Source = NonNullable<DiskDraft['spec']['source']>;
type Layer = NonNullable<Source['backing']>[number];

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** What a layer says of itself, without the files below it. */
function flat({ spec, nvme, data }: LayerDraft): Layer {
  const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = nvme;
  const address = `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
  const [held] = data;
  return {
    ...spec,
    ...(spec.nvme && { nvme: { ...spec.nvme, address } }),
    ...(held && { dataFile: flat(held) }),
  } as Layer;
}

const chainOf = (layer: LayerDraft): LayerDraft[] => [layer, ...layer.backing.flatMap(chainOf)];

/** A chain of files as the list that the schema has, nearest first. */
export function sourceOf(top: LayerDraft): Source {
  const [first = top, ...others] = chainOf(top);
  const last = others.at(-1) ?? first;
  return {
    ...flat(first),
    ...(others.length > 0 && { backing: others.map(flat) }),
    ...(last.ends && { standalone: true }),
  };
}

/** libvirt's types of disk, by the member of a source that is set. */
const TYPES: readonly (readonly [keyof Layer, PlaceType])[] = [
  ['file', 'file'],
  ['block', 'block'],
  ['directory', 'dir'],
  ['network', 'network'],
  ['nvme', 'nvme'],
  ['vhostUser', 'vhostuser'],
  ['vhostVdpa', 'vhostvdpa'],
];

export const typeOfPlace = (layer: Partial<Layer>): PlaceType =>
  TYPES.find(([member]) => layer[member] !== undefined)?.[1] ?? 'file';

function unflat({ dataFile, ...spec }: Layer): LayerDraft {
  const [domain, bus, slot, fn] = (spec.nvme?.address ?? '').split(/[:.]/).map((part) => Number(`0x${part}`));
  const nvme = spec.nvme ? { domain: domain ?? 0, bus: bus ?? 0, slot: slot ?? 0, function: fn ?? 0 } : {};
  return { ...emptyLayer(typeOfPlace(spec)), spec, nvme, ...(dataFile && { data: [unflat(dataFile)] }) };
}

/** The other way: a layer inside a layer. */
export function layerOf({ backing = [], standalone, ...top }: Source): LayerDraft {
  const layers = [top, ...backing].map((one) => unflat(one as Layer));
  const last = layers.at(-1);
  if (standalone && last) last.ends = true;
  for (const [index, layer] of layers.entries()) {
    const next = layers[index + 1];
    if (next) layer.backing = [next];
  }
  return layers[0] ?? emptyLayer('file');
}
