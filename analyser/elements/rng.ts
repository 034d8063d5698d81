import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioModels, virtioRules } from './virtio.ts';

type Rng = ItemDraft<'rng'>;
const rng = fieldOf<Rng>();

const random: ElementTable<Rng> = {
  attributes: { model: selector('random', 'spec.source') },
  text: rng('source', wordOf('/dev/urandom', '/dev/random', '/dev/hwrng'), {
    field: 'spec.source',
    unless: same('the usual source', ''),
  }),
};
const builtin: ElementTable<Rng> = { attributes: { model: selector('builtin', 'spec.source') } };

const characters = characterTables<Rng>('backend', { log: false });

const daemon = extended<Rng>(characters, ({ attributes, children }) => ({
  attributes: { ...attributes, model: selector('egd', 'spec.source') },
  children,
}));

const tables: Readonly<Record<string, (node: XmlElement) => Choice<Rng>>> = {
  random: () => random,
  builtin: () => builtin,
  egd: byAttribute<Choice<Rng>>('type', daemon),
};

/** Where a source that is no path comes from. */
const SOURCES: Readonly<Record<string, Rng['source']>> = { builtin: 'Builtin', egd: 'EGD' };

const backend: Child<Rng> = {
  repeated: false,
  read: (node, item, reading) => {
    const model = attributeOf(node, 'model') ?? '';
    if (model === 'random' && textOf(node) === '') item.source = '/dev/random';
    const source = Object.hasOwn(SOURCES, model) ? SOURCES[model] : undefined;
    if (source) item.source = source;
    const character = model === 'egd' ? emptyBackend(attributeOf(node, 'type')) : undefined;
    if (character) item.backend = character as NonNullable<Rng['backend']>;
    const choose = byAttribute<(of: XmlElement) => Choice<Rng>>('model', tables)(node);
    return readElement(node, typeof choose === 'function' ? choose(node) : choose, item, reading);
  },
  write: (name, item) => one(written(item)).write(name, item),
};

function written({ source, backend: character }: Rng): ElementTable<Rng> {
  if (source === 'EGD') return daemon[typeOfBackend(character) ?? 'unix'];
  return source === 'Builtin' ? builtin : random;
}

const rate: ElementTable<Rng> = {
  attributes: {
    bytes: rng('maxBytesPerSecond', whole(1), { field: 'spec.maxBytesPerSecond' }),
    period: rng('periodMilliseconds', whole(1, 0xffffffff), { field: 'spec.periodMilliseconds' }),
  },
};

const table: ElementTable<Rng> = {
  attributes: { model: rng('model', virtioModels, { field: 'spec.model' }) },
  children: {
    rate: one(rate),
    backend,
    driver: one({ attributes: virtioRules<Rng>('virtio') }),
    alias,
    address: place<Rng>('address', 'pci'),
  },
};

export const rngs = deviceList('rng', {
  prefix: 'rng',
  table: (node) =>
    childOf(node, 'backend') ? table : { whole: { outcome: 'refused', reason: '<backend> is missing' } },
  writes: () => table,
});
