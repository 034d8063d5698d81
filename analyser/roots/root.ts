import type { Fault, ImportOptions } from '../objects/building.ts';
import type { Manifest } from '../objects/manifest.ts';
import type { Reading, Seen } from '../table/seen.ts';
import type { Tree } from '../table/tree.ts';
import type { XmlElement } from '../xml/infoset.ts';

/** What was read of one document. */
export interface Read {
  readonly seen: Seen;
  /** The object that the root element is, first, and those that it needs. */
  readonly objects: readonly Manifest[];
  readonly faults: readonly Fault[];
  /** What a person must know beside the report. */
  readonly remarks?: readonly string[];
}

/** One root element of libvirt's: what it becomes, and how it is written again. */
export interface Root {
  read(root: XmlElement, reading: Reading, options: ImportOptions): Read;
  /** The element that an object stands for, without what was kept beside it. @throws ExportError */
  write(object: Manifest, objects: readonly Manifest[]): Tree | undefined;
}
