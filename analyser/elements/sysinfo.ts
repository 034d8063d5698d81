import { chosen, keyed, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, ignored, selector } from '../table/rule.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { hostPath, text, uuid } from '../values/texts.ts';
import { attributeOf, childAttribute, childOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';

type Smbios = NonNullable<NonNullable<SpecDraft['machine']>['smbios']>;

const entry = (path: string): ElementTable<DomainDraft> => ({
  text: machine(`spec.machine.smbios.${path}` as 'spec.machine.smbios.serial', text(1024)),
});

const entries = (part: string, ...names: string[]): Readonly<Record<string, ElementTable<DomainDraft>>> =>
  Object.fromEntries(names.map((name) => [name, entry(`${part}${name}`)]));

/** SMBIOS type 1. Names as in https://libvirt.org/formatdomain.html#smbios-system-information */
const system: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  ...entries('', 'manufacturer', 'product', 'version', 'serial'),
  uuid: { text: machine('spec.machine.smbios.uuid', uuid) },
  ...entries('', 'sku', 'family'),
};

type Board = NonNullable<Smbios['boards']>[number];

const boardEntries = Object.fromEntries(
  (['manufacturer', 'product', 'version', 'serial', 'asset', 'location'] as const).map((name) => [
    name,
    { text: fieldOf<Board>()(name, text(1024), { field: `spec.${name}` }) } satisfies ElementTable<Board>,
  ]),
);

const board: ElementTable<Board> = { children: { entry: keyed('name', boardEntries) } };

const boards = ordered<DomainDraft, Board>({
  at: '.machine.smbios.boards',
  list: ({ spec }) => spec.machine?.smbios?.boards,
  begin: ({ spec }) => {
    spec.machine ??= {};
    spec.machine.smbios ??= {};
    spec.machine.smbios.boards ??= [];
    return spec.machine.smbios.boards;
  },
  make: () => ({}),
  choice: () => board,
  writes: () => board,
});

interface Line {
  value?: string;
}

const line: ElementTable<Line> = {
  text: fieldOf<Line>()('value', text(4096), { field: 'spec.machine.smbios.oemStrings' }),
};

const lines = ordered<DomainDraft, Line>({
  at: '.machine.smbios.oemStrings',
  list: ({ oemStrings }) => oemStrings,
  begin: ({ oemStrings }) => oemStrings,
  make: () => ({}),
  choice: () => line,
  writes: () => line,
});

const table: ElementTable<DomainDraft> = {
  attributes: { type: selector('smbios', 'spec.machine.smbios') },
  children: {
    bios: one({ children: { entry: keyed('name', entries('bios.', 'vendor', 'version', 'date', 'release')) } }),
    system: one({ children: { entry: keyed('name', system) } }),
    baseBoard: boards,
    chassis: one({
      children: { entry: keyed('name', entries('chassis.', 'manufacturer', 'version', 'serial', 'asset', 'sku')) },
    }),
    oemStrings: one({ children: { entry: lines } }),
  },
};

type Config = NonNullable<NonNullable<SpecDraft['machine']>['firmwareConfig']>[number];

const config = fieldOf<Config>();

const inFile: ElementTable<Config> = {
  attributes: {
    name: config('name', text(55), { field: 'spec.name' }),
    file: config('path', hostPath, { field: 'spec.path' }),
  },
};

const inText: ElementTable<Config> = {
  attributes: { name: config('name', text(55), { field: 'spec.name' }) },
  text: config('value', text(65536), { field: 'spec.value' }),
};

const configs = ordered<DomainDraft, Config>({
  at: '.machine.firmwareConfig',
  list: ({ spec }) => spec.machine?.firmwareConfig,
  begin: ({ spec }) => {
    spec.machine ??= {};
    spec.machine.firmwareConfig ??= [];
    return spec.machine.firmwareConfig;
  },
  make: () => ({ name: '' }),
  choice: (node) => (attributeOf(node, 'file') === undefined ? inText : inFile),
  writes: ({ path }) => (path === undefined ? inText : inFile),
});

const firmware: ElementTable<DomainDraft> = {
  attributes: { type: selector('fwcfg', 'spec.machine.firmwareConfig') },
  children: { entry: configs },
};

const isShown = (node: XmlElement): boolean => {
  const os = node.parent && childOf(node.parent, 'os');
  return os !== undefined && childAttribute(os, 'smbios', 'mode') === 'sysinfo';
};

/** libvirt shows SMBIOS tables to the guest only with `<os><smbios mode='sysinfo'/>`. */
const choose = (node: XmlElement): Choice<DomainDraft> => {
  if (attributeOf(node, 'type') === 'fwcfg') return firmware;
  return isShown(node)
    ? table
    : { whole: ignored('libvirt does not show it to the guest either without <smbios mode="sysinfo"/>') };
};

export const hasTables = ({ spec, oemStrings }: DomainDraft): boolean =>
  oemStrings.length > 0 || Object.keys(spec.machine?.smbios ?? {}).some((name) => name !== 'uuid');

const smbios = chosen(choose, (draft) => (hasTables(draft) ? table : undefined));

const hasTexts = ({ spec }: DomainDraft): boolean => (spec.machine?.firmwareConfig ?? []).length > 0;

/** `<sysinfo>`, one for each type. */
export const sysinfo: Child<DomainDraft> = {
  repeated: true,
  read: (node, draft, reading) => {
    const seen = smbios.read(node, draft, reading);
    seen.item = attributeOf(node, 'type') ?? 'smbios';
    return seen;
  },
  write: (name, draft) => [
    ...smbios.write(name, draft).map((tree) => ({ ...tree, item: 'smbios' })),
    ...(hasTexts(draft) ? one(firmware).write(name, draft) : []).map((tree) => ({ ...tree, item: 'fwcfg' })),
  ],
};
