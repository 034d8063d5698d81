import { FORMATS } from '../../schemas/kinds/machine/disk/location.ts';
import { one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { tree } from '../table/tree.ts';
import { writeElement } from '../table/write.ts';
import { whole } from '../values/numbers.ts';
import { presence, wordOf } from '../values/words.ts';
import { attributeOf, childElements, type XmlElement } from '../xml/infoset.ts';
import { sourceTable } from './disk-source.ts';
import { emptyLayer, type LayerDraft, type PlaceType } from './draft.ts';

const layer = fieldOf<LayerDraft>();

/** Format of a file, never guessed. */
export const format = layer('spec.format', wordOf(...FORMATS), { field: 'spec.source.format' });

/** `<metadata_cache>`: memory for the tables of qcow2, in bytes. */
export const metadataCache: Child<LayerDraft> = one({
  children: {
    max_size: one(
      {
        attributes: { unit: selector('bytes', 'spec.source.metadataCacheBytes') },
        text: layer('spec.metadataCacheBytes', whole(), { field: 'spec.source.metadataCacheBytes' }),
      },
      ({ spec }) => spec.metadataCacheBytes !== undefined,
    ),
  },
});

const TYPES: readonly PlaceType[] = ['file', 'block', 'dir', 'network', 'nvme', 'volume'];

const tableOf = (type: PlaceType): ElementTable<LayerDraft> => ({
  attributes: {
    type: selector(type, 'spec.source'),
    index: ignored('libvirt numbers the files of a running machine', whole()),
  },
  children: {
    format: one({ attributes: { type: format }, children: { metadata_cache: metadataCache } }),
    source: one(sourceTable(type)),
    backingStore,
  },
});

const tables = (): Record<string, Choice<LayerDraft>> => Object.fromEntries(TYPES.map((type) => [type, tableOf(type)]));

/** A layer below the one of the scope, kept in `list` of it. */
const below = (list: 'backing' | 'data'): Child<LayerDraft> => ({
  repeated: false,
  read: (node, scope, reading) => {
    const item = emptyLayer((attributeOf(node, 'type') ?? 'file') as PlaceType);
    scope[list].push(item);
    const at = `${reading.at}.source.${list === 'backing' ? 'backing' : 'dataFile'}`;
    return readElement(node, byAttribute('type', tables())(node), item, { ...reading, at });
  },
  write: (name, scope) => scope[list].flatMap((item) => writeElement(name, tableOf(item.type), item)),
});

const lower = below('backing');

const isTerminator = (node: XmlElement): boolean => node.attributes.length === 0 && childElements(node).length === 0;

const terminator: ElementTable<LayerDraft> = { present: layer('ends', presence, { field: 'spec.source.standalone' }) };

/** What has no file of its own here has no chain either. */
const NO_CHAIN: readonly PlaceType[] = ['empty', 'volume'];
const noChain: ElementTable<LayerDraft> = {
  present: ignored('an empty drive, or a volume, says nothing of files below'),
};

/** `<backingStore>`: the file that one is an overlay on; an empty one ends the chain. */
export const backingStore: Child<LayerDraft> = {
  repeated: false,
  read: (node, scope, reading) =>
    isTerminator(node)
      ? readElement(node, NO_CHAIN.includes(scope.type) ? noChain : terminator, scope, reading)
      : lower.read(node, scope, reading),
  write: (name, scope) => (scope.backing.length > 0 ? lower.write(name, scope) : scope.ends ? [tree(name)] : []),
};

/** `<dataStore>`: the raw file that holds the data of a qcow2 file. */
export const dataStore: Child<LayerDraft> = below('data');
