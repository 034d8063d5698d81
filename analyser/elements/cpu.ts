import { chosen, items, one } from '../table/children.ts';
import { fieldOf, ignored, same } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { qemuWord } from '../values/texts.ts';
import { wordOf, words } from '../values/words.ts';
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

const featureTable: ElementTable<Feature> = {
  attributes: {
    policy: feature('policy', words({ require: 'Require', disable: 'Disable' }), { field: 'spec.policy' }),
    name: feature('name', qemuWord, { field: 'spec.name' }),
  },
};

const model: ElementTable<DomainDraft> = {
  attributes: { fallback: ignored(CHECKED, wordOf('allow', 'forbid')) },
  text: machine('libvirt.cpu.model', qemuWord, { field: 'spec.cpu.model' }),
};

const noModel: ElementTable<DomainDraft> = {
  attributes: model.attributes ?? {},
  text: ignored('the host’s own processor is given', qemuWord),
};

const topology: ElementTable<DomainDraft> = {
  attributes: {
    sockets: machine('libvirt.topology.sockets', whole(1), { field: 'spec.cpu.sockets' }),
    dies: same('one die in each socket', '1'),
    clusters: same('one cluster in each die', '1'),
    cores: machine('libvirt.topology.cores', whole(1), { field: 'spec.cpu.cores' }),
    threads: machine('libvirt.topology.threads', whole(1), { field: 'spec.cpu.threads' }),
  },
};

/** Both host modes are the host's own processor here: libvirt's model is the nearest name that it finds for it. */
const mode = words({ custom: 'custom', 'host-passthrough': 'host', 'host-model': 'host', maximum: 'max' });

const isHost = (mode: string | undefined): boolean => mode?.startsWith('host') ?? false;

const table: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('libvirt.cpu.mode', mode, { field: 'spec.cpu.model' }),
    match: same('the guest gets what is named, no more and no less', 'exact'),
    check: ignored(CHECKED, wordOf('none', 'partial', 'full')),
    migratable: same('features that cannot migrate are left out', 'on'),
  },
  children: {
    model: chosen(
      (node) => (textOf(node) === '' || (node.parent && isHost(attributeOf(node.parent, 'mode'))) ? noModel : model),
      ({ libvirt }) => (libvirt.cpu?.model === undefined ? undefined : model),
    ),
    vendor: one({ text: ignored(CHECKED, qemuWord) }),
    topology: one(topology),
    feature: features,
    numa,
  },
};

export const cpu = one(table);
