import { alias, beginning, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { field, fieldOf, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { secretUsage, secretUuid } from '../values/secrets.ts';
import { hostPath, text } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import type { DomainDraft, SpecDraft } from './draft.ts';

type Tpm = NonNullable<SpecDraft['tpm']>;
type Bank = NonNullable<Tpm['activePcrBanks']>[number];
const tpmRule = fieldOf<Tpm>();
const rule = <V>(path: Parameters<typeof tpmRule<V>>[0], codec: Parameters<typeof tpmRule<V>>[1]) =>
  tpmRule<V>(path, codec, { field: `spec.tpm.${path}` });

const BANKS: readonly Bank[] = ['sha1', 'sha256', 'sha384', 'sha512'];

/** `<sha256/>` and its like: an element for each bank. */
const bank = (name: Bank): Child<Tpm> =>
  one({
    present: {
      outcome: 'imported',
      field: 'spec.tpm.activePcrBanks',
      canonical: false,
      take: (tpm) => {
        tpm.activePcrBanks = [...(tpm.activePcrBanks ?? []), name];
        return undefined;
      },
      give: ({ activePcrBanks = [] }) => (activePcrBanks.includes(name) ? '' : undefined),
      same: (a, b) => a === b,
    },
  });

const encryption: ElementTable<Tpm> = {
  attributes: {
    secret: field<Tpm, string>(
      'encryption.name' as never,
      { ...secretUuid, write: (name) => secretUuid.write(name) ?? secretUsage.write(name) },
      {
        field: 'spec.tpm.encryption',
      },
    ),
  },
};

const source: ElementTable<Tpm> = {
  attributes: {
    type: { outcome: 'default', values: ['dir', 'file'], reason: 'the path tells' },
    path: rule('statePath', hostPath),
  },
};

const emulator: ElementTable<Tpm> = {
  attributes: {
    type: selector('emulator', 'spec.tpm'),
    version: rule('version', wordOf('2.0', '1.2')),
    persistent_state: rule('persistent', yesNo),
    debug: rule('debug', whole(0, 20)),
  },
  children: {
    encryption: one(encryption),
    active_pcr_banks: one({ children: Object.fromEntries(BANKS.map((name) => [name, bank(name)])) }),
    source: one(source),
    profile: one({
      attributes: {
        source: rule('profile.source', text(255)),
        name: rule('profile.name', text(255)),
        removeDisabled: rule('profile.removeDisabled', wordOf('check', 'fips-host')),
      },
    }),
  },
};

const passthrough: ElementTable<Tpm> = {
  attributes: { type: selector('passthrough', 'spec.tpm.passthrough') },
  children: { device: one({ attributes: { path: rule('passthrough.path', hostPath) } }) },
};

const MODES = words({ connect: 'connect', bind: 'listen' } as const);

const external: ElementTable<Tpm> = {
  attributes: { type: selector('external', 'spec.tpm.external') },
  children: {
    source: beginning(
      (tpm: Tpm) => {
        tpm.external ??= { unix: { mode: 'connect' } } as NonNullable<Tpm['external']>;
      },
      one<Tpm>({
        attributes: {
          type: selector('unix', 'spec.tpm.external.unix'),
          mode: rule('external.unix.mode', MODES),
          path: rule('external.unix.path', hostPath),
        },
      }),
    ),
  },
};

const tables = { emulator, passthrough, external } satisfies Record<string, Choice<Tpm>>;

const backend: Child<Tpm> = {
  repeated: false,
  read: (node, tpm, reading) => readElement(node, byAttribute<Choice<Tpm>>('type', tables)(node), tpm, reading),
  write: (name, tpm) => one(tpm.passthrough ? passthrough : tpm.external ? external : emulator).write(name, tpm),
};

const table: ElementTable<Tpm> = {
  attributes: { model: rule('model', words({ 'tpm-tis': 'tis', 'tpm-crb': 'crb', 'tpm-spapr': 'spapr' })) },
  children: { backend, alias },
};

const tpmOf = ({ spec }: DomainDraft): Tpm => {
  spec.tpm ??= {};
  return spec.tpm;
};

export const tpm = beginning(
  (draft: DomainDraft) => {
    tpmOf(draft);
  },
  {
    repeated: false,
    read: (node, draft, reading) => readElement(node, table, tpmOf(draft), reading),
    write: (name, { spec }) => (spec.tpm ? one(table).write(name, spec.tpm) : []),
  } satisfies Child<DomainDraft>,
);
