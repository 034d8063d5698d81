import { expect, test } from 'vitest';
import { formatConflicts, serverSideApply, trackUpdate } from '../../../executor/apiserver/apply/index.ts';
import { compile } from '../../../executor/apiserver/schema/index.ts';
import type { KubeObject } from '../../../executor/apiserver/types.ts';
import { recorded, widgetSchema as schema } from '../schema/fixtures/recorded.ts';

interface Recorded {
  op: 'apply' | 'update';
  manager: string;
  force: boolean;
  live?: KubeObject;
  given: KubeObject;
  stored?: KubeObject;
  conflicts?: { field: string; message: string }[];
}

const now = '2026-01-01T00:00:00Z';
const compiled = compile(schema);

function apply({ live, given, manager, force }: Recorded): Pick<Recorded, 'stored' | 'conflicts'> {
  const result = serverSideApply({ ...(live && { live }), applied: given, manager, force, schema, now });
  if ('conflicts' in result) {
    return { conflicts: formatConflicts(result.conflicts).causes.map(({ field, message }) => ({ field, message })) };
  }
  return { stored: result.object };
}

function update({ live, given, manager }: Recorded): Pick<Recorded, 'stored'> {
  return { stored: trackUpdate({ ...(live && { live }), updated: given, manager, schema, now }) };
}

/** Without times, which a recording cannot keep, and in an order that does not follow them. */
function timeless(object: KubeObject | undefined): KubeObject | undefined {
  for (const entry of object?.metadata.managedFields ?? []) delete entry.time;
  object?.metadata.managedFields?.sort((a, b) => (a.operation + a.manager < b.operation + b.manager ? -1 : 1));
  return object;
}

const byField = (conflicts: Recorded['conflicts']) =>
  conflicts?.toSorted((a, b) => (a.field + a.message < b.field + b.message ? -1 : 1));

// Chains of applies and updates by three managers, of a kind with one of everything.
test.each(recorded<Recorded>('fixtures/recorded-ownership.jsonl', import.meta.url).map((each, i) => ({ ...each, i })))(
  '$i: $op by $manager, as apimachinery 0.36.4 merged it and shared it out',
  (each) => {
    const { stored, conflicts } = each.op === 'apply' ? apply(each) : { conflicts: undefined, ...update(each) };
    // On its way to storage, a server drops the nulls that removal left.
    for (const object of [stored, each.stored]) if (object) compiled.default(object);
    expect(byField(conflicts)).toEqual(byField(each.conflicts));
    expect(timeless(stored)).toEqual(timeless(each.stored));
  },
);
