import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { sameJson } from '../../controller/conditions.ts';
import { type CompleteSpec, completeSpec } from '../../qemu/defaults.ts';

type Spec = VirtualMachine['spec'];

/** One field of a spec that is not what a running machine was started with. */
export interface Difference {
  /** As people write it: `spec.disks[root].cache`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What is no part of the hardware: it is acted upon, or concerns the next placement. */
const NOT_HARDWARE: readonly (keyof Spec)[] = [
  'powerState',
  'restartPolicy',
  'stop',
  'requests',
  'nodeName',
  'nodeSelector',
  'affinity',
  'tolerations',
  'topologySpreadConstraints',
];

type Members = Readonly<Record<string, unknown>>;
type Named = { readonly name: string };

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNamedList = (value: unknown): value is readonly Named[] =>
  Array.isArray(value) && value.every((item) => isMembers(item) && typeof item['name'] === 'string');

/** The fields in which two values differ: lists of named things by name, everything else as a whole. */
function compare(path: string, before: unknown, after: unknown): Difference[] {
  if (sameJson(before, after)) return [];
  if (isNamedList(before) && isNamedList(after)) return compareLists(path, before, after);
  if (isMembers(before) && isMembers(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compare(`${path}.${key}`, before[key], after[key]));
  }
  return [{ path, before, after }];
}

function compareLists(path: string, before: readonly Named[], after: readonly Named[]): Difference[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  const find = (list: readonly Named[], name: string) => list.find((item) => item.name === name);
  return [...names].flatMap((name) => compare(`${path}[${name}]`, find(before, name), find(after, name)));
}

/** In what a machine's hardware differs from another spec of it, the default devices of both filled in. */
export function hardwareDifferences(before: Spec, after: Spec): Difference[] {
  return compare('spec', hardware(before), hardware(after));
}

function hardware(spec: Spec): Partial<CompleteSpec> {
  const dropped = new Set<string>(NOT_HARDWARE);
  return Object.fromEntries(Object.entries(completeSpec(spec)).filter(([key]) => !dropped.has(key)));
}
