/** One part of a rule, as `nft -j` writes it. Source: libnftables-json(5) */
export type Expression = Readonly<Record<string, unknown>>;

export interface Chain {
  readonly name: string;
  readonly type: 'filter' | 'nat';
  readonly hook: 'prerouting' | 'output' | 'postrouting' | 'forward' | 'ingress';
  readonly prio: number;
  /** Of the family netdev only. */
  readonly dev?: string;
  readonly rules: readonly (readonly Expression[])[];
}

/** A set that the kernel fills as packets pass. */
export interface LearningSet {
  readonly name: string;
  readonly type: readonly string[];
  readonly timeoutSeconds: number;
  readonly size: number;
}

/** A table of ours: always replaced as a whole, in one transaction. */
export interface Table {
  readonly family: 'inet' | 'bridge' | 'netdev';
  readonly name: string;
  readonly sets: readonly LearningSet[];
  readonly chains: readonly Chain[];
}

export type TableName = Pick<Table, 'family' | 'name'>;
export type Command = Readonly<Record<string, unknown>>;

/** Commands that make a table what it should be, whatever is there: deleting what is not there is an error, so it is added first. */
export function replaceTable({ family, name, sets, chains }: Table): Command[] {
  const table = { family, name };
  return [
    { add: { table } },
    { delete: { table } },
    { add: { table } },
    ...sets.map((set) => ({ add: { set: addedSet(table, set) } })),
    ...chains.map(({ rules: _, ...chain }) => ({
      add: { chain: { family, table: name, ...chain, policy: 'accept' } },
    })),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.map((expr) => ({ add: { rule: { family, table: name, chain, expr } } })),
    ),
  ];
}

const addedSet = ({ family, name: table }: TableName, { name, type, size, timeoutSeconds }: LearningSet): object => ({
  ...{ family, table, name, type, size },
  ...{ timeout: timeoutSeconds, flags: ['timeout'] },
});

export const deleteTable = ({ family, name }: TableName): Command[] => [
  { add: { table: { family, name } } },
  { delete: { table: { family, name } } },
];
