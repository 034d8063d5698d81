import type { Leaf } from '../report.ts';
import type { XmlElement } from '../xml/infoset.ts';
import type { Imported } from './rule.ts';

/** A leaf that was accepted, with what is needed to find out whether exporting gives it back. */
export interface Claim {
  readonly value: string;
  readonly leaf: Leaf;
  readonly imported?: Pick<Imported<never>, 'same' | 'canonical'>;
}

/** An element as it was accepted: what exists only while a machine runs is left out. */
export interface Seen {
  readonly name: string;
  item?: string;
  readonly attributes: Map<string, Claim>;
  text?: Claim;
  readonly children: Seen[];
  /** The whole element is kept as it is. */
  verbatim?: XmlElement;
  /** Whether the element itself is dropped. */
  runtime: boolean;
  readonly leaves: Leaf[];
}

/** The state of one analysis. */
export interface Reading {
  readonly report: Leaf[];
  /** Place of the scope in the object, such as `spec.disks[0]`. */
  readonly at: string;
  readonly keepUnsupported: boolean;
  /** Networks of ours by the names that a person mapped. */
  readonly networks: Readonly<Record<string, string>>;
}
