import { parseSize } from '../../schemas/types/size.ts';
import { one } from '../table/children.ts';
import { getPath, setPath } from '../table/path.ts';
import type { Imported } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { amountOf, bytesOf, memoryUnit, quantityOf, whole } from '../values/numbers.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';

interface Options {
  /** Path in the scope. */
  readonly at: string;
  /** Said in the report. */
  readonly field: string;
  readonly unit?: string;
  readonly least?: number;
  /** Unit of an amount that says none, which is written where the amount is whole in it. */
  readonly usual?: string;
}

const sizeAt = (scope: object, at: string): string | number | undefined =>
  getPath(scope, at) as string | number | undefined;

function inUnit(size: string | number, usual?: string): { amount: number; unit: string } {
  const scale = usual === undefined ? undefined : bytesOf(1, usual);
  const bytes = parseSize(size);
  if (usual === undefined || scale === undefined || bytes % scale !== 0n) return amountOf(size);
  return { amount: Number(bytes / scale), unit: usual };
}

/** A number of KiB, or of the unit that is said, kept as a quantity. */
export function amountRule<S extends object>(options: Options): Imported<S> {
  const { at, field, unit, least = 0 } = options;
  return {
    outcome: 'imported',
    field,
    canonical: true,
    take: (scope, text) => {
      const result = whole(least).read(text);
      if ('fault' in result) return result.fault;
      setPath(scope, at, quantityOf(result.value, unit));
      return undefined;
    },
    give: (scope) => {
      const size = sizeAt(scope, at);
      return size === undefined ? undefined : String(inUnit(size, options.usual).amount);
    },
    same: (one, other) => one === other,
  };
}

const unitRule = <S extends object>({ at, field, usual }: Options): Imported<S> => ({
  outcome: 'imported',
  field,
  canonical: true,
  take: (_, text) => {
    const result = memoryUnit.read(text);
    return 'fault' in result ? result.fault : undefined;
  },
  give: (scope) => {
    const size = sizeAt(scope, at);
    return size === undefined ? undefined : inUnit(size, usual).unit;
  },
  same: (one, other) => one === other,
});

/** The rules of an element with an amount of memory in its text or, where `attribute` is given, in that attribute. */
export function amountTable<S extends object>(options: Options, attribute?: string): ElementTable<S> {
  const unit = unitRule<S>(options);
  const amount = amountRule<S>(options);
  return attribute === undefined
    ? { attributes: { unit }, text: amount }
    : { attributes: { [attribute]: amount, unit } };
}

/** `<size unit='KiB'>`: an amount of memory. @param usual unit of one that says none */
export function amount<S extends object>(at: string, field: string, least = 0, usual = 'KiB'): Child<S> {
  const options = { at, field, least, usual };
  return {
    ...one<S>(amountTable<S>(options), (scope) => getPath(scope, at) !== undefined),
    read: (node: XmlElement, scope, reading) => {
      const unit = attributeOf(node, 'unit') ?? usual;
      return one(amountTable<S>({ ...options, unit })).read(node, scope, reading);
    },
  };
}
