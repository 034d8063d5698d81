import { chosen, items, one } from '../table/children.ts';
import { fieldOf, ignored, same } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { matching, qemuWord } from '../values/texts.ts';
import { onOff, wordOf, words } from '../values/words.ts';
import { attributeOf, textOf } from '../xml/infoset.ts';
import { numa } from './cpu-numa.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';

const CHECKED = 'libvirt’s own check of the processor; qemu makes its own';

type Feature = NonNullable<NonNullable<SpecDraft['cpu']>['features']>[number];

const feature = fieldOf<Feature>();

const features = items<DomainDraft, Feature>({
  at: 'spec.cpu.features',
  list: ({ spec }) => {
    spec.cpu ??= {};
    spec.cpu.features ??= [];
    return spec.cpu.features;
  },
  make: () => ({ name: '' }),
  name: ({ name }) => name,
  table: () => featureTable,
  writes: () => featureTable,
});

const policy = words({
  require: 'Require' as const,
  force: 'Force' as const,
  optional: 'Optional' as const,
  disable: 'Disable' as const,
  forbid: 'Forbid' as const,
});

const featureTable: ElementTable<Feature> = {
  attributes: {
    policy: feature('policy', policy, { field: 'spec.policy' }),
    name: feature('name', qemuWord, { field: 'spec.name' }),
  },
};

const model: ElementTable<DomainDraft> = {
  attributes: {
    fallback: ignored(CHECKED, wordOf('allow', 'forbid')),
    vendor_id: machine('spec.cpu.vendorId', matching(/^[^,\n]{12}$/, 'vendor of twelve characters')),
  },
  text: machine('libvirt.cpu.model', qemuWord, { field: 'spec.cpu.model' }),
};

const noModel: ElementTable<DomainDraft> = {
  attributes: model.attributes ?? {},
  text: ignored('the host’s own processor is given', qemuWord),
};

const part = (name: 'sockets' | 'dies' | 'clusters' | 'cores' | 'threads') =>
  machine(`libvirt.topology.${name}`, whole(1), { field: `spec.cpu.${name}` });

const topology: ElementTable<DomainDraft> = {
  attributes: {
    sockets: part('sockets'),
    dies: part('dies'),
    clusters: part('clusters'),
    cores: part('cores'),
    threads: part('threads'),
  },
};

/** Both host modes are the host's own processor here: libvirt's model is the nearest name that it finds for it. */
const mode = words({ custom: 'custom', 'host-passthrough': 'host', 'host-model': 'host', maximum: 'max' });

const isHost = (mode: string | undefined): boolean => mode?.startsWith('host') ?? false;

const cacheTable: ElementTable<DomainDraft> = {
  attributes: {
    level: machine('spec.cpu.cache.level', whole(1, 3)),
    mode: machine(
      'spec.cpu.cache.mode',
      words({ emulate: 'Emulate' as const, passthrough: 'Passthrough' as const, disable: 'Disable' as const }),
    ),
  },
};

const bitsTable: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine(
      'spec.cpu.physicalBits.mode',
      words({ emulate: 'Emulate' as const, passthrough: 'Passthrough' as const }),
    ),
    bits: machine('spec.cpu.physicalBits.bits', whole(1, 64)),
    limit: machine('spec.cpu.physicalBits.limit', whole(1, 64)),
  },
};

const LEAST = 'the guest gets what is named, no more and no less';

const table: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('libvirt.cpu.mode', mode, { field: 'spec.cpu.model' }),
    match: ignored(LEAST, wordOf('exact', 'strict', 'minimum')),
    check: ignored(CHECKED, wordOf('none', 'partial', 'full')),
    migratable: machine('spec.cpu.migratable', onOff),
    deprecated_features: same('a word for other architectures', 'on'),
  },
  children: {
    model: chosen(
      (node) => (textOf(node) === '' || (node.parent && isHost(attributeOf(node.parent, 'mode'))) ? noModel : model),
      ({ libvirt }) => (libvirt.cpu?.model === undefined ? undefined : model),
    ),
    vendor: one({ text: ignored(CHECKED, qemuWord) }),
    topology: one(topology),
    cache: where(({ spec }) => spec.cpu?.cache !== undefined, one(cacheTable)),
    maxphysaddr: where(({ spec }) => spec.cpu?.physicalBits !== undefined, one(bitsTable)),
    feature: features,
    numa,
  },
};

export const cpu = one(table);
