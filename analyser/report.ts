/** What became of one leaf of the input. */
export type Outcome = 'imported' | 'default' | 'ignored' | 'refused';

/** One attribute, text or empty element of the input, and what became of it. */
export interface Leaf {
  /** `/domain/devices/disk[2]/driver/@cache`, `/domain/name`, `/domain/features/acpi`. */
  readonly xpath: string;
  /** Line in the input, from 1. */
  readonly line: number;
  readonly value: string;
  outcome: Outcome;
  /** Field that holds it, such as `spec.disks[0].cache`. Set when imported. */
  field?: string;
  /** Why it is the default, ignored or refused. */
  reason?: string;
}

const describe = ({ xpath, line, reason }: Leaf): string => `${xpath} (line ${line}): ${reason ?? 'not supported'}`;

/** The input is XML, but holds something that cannot be taken over, or that libvirt would refuse. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
  /** Every leaf that was refused, in document order. */
  readonly refused: readonly Leaf[];
  /** Every leaf, the refused ones among them. */
  readonly report: readonly Leaf[];

  constructor(report: readonly Leaf[]) {
    const refused = report.filter(({ outcome }) => outcome === 'refused');
    super(refused.map(describe).join('\n'));
    this.refused = refused;
    this.report = report;
  }
}
