import { items } from '../table/children.ts';
import type { Reading } from '../table/seen.ts';
import type { Child, Choice } from '../table/table.ts';
import type { XmlElement } from '../xml/infoset.ts';
import type { DomainDraft, ItemDraft, SpecDraft } from './draft.ts';

/** Lists of named devices in the spec. */
export type ListKey = {
  [K in keyof SpecDraft]: NonNullable<SpecDraft[K]> extends readonly { name: string }[] ? K : never;
}[keyof SpecDraft] &
  string;

interface Devices<K extends ListKey> {
  /** What an item's name begins with; its number follows. */
  readonly prefix: string;
  /** What a new item says before its element is read. */
  readonly make?: (node: XmlElement) => Partial<ItemDraft<K>>;
  readonly table: (node: XmlElement, reading: Reading) => Choice<ItemDraft<K>>;
  readonly writes: (item: ItemDraft<K>) => Choice<ItemDraft<K>>;
}

/** Elements of one name that become the items of one list of the spec. */
export function deviceList<K extends ListKey>(key: K, { prefix, make, table, writes }: Devices<K>): Child<DomainDraft> {
  const listOf = ({ spec }: DomainDraft): ItemDraft<K>[] => {
    const bag = spec as Record<string, unknown>;
    bag[key] ??= [];
    return bag[key] as ItemDraft<K>[];
  };
  return items<DomainDraft, ItemDraft<K>>({
    at: `spec.${key}`,
    list: listOf,
    make: (node, draft) => ({ name: `${prefix}${listOf(draft).length}`, ...make?.(node) }) as ItemDraft<K>,
    name: ({ name }) => name,
    table,
    writes,
  });
}
