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
  /** Refused since libvirt refuses it too, not for lack of support. */
  invalid?: true;
  /** Ignored only because that was asked for: it would have an effect in libvirt. */
  unsupported?: true;
}

/** One line for each reason: an element that is refused whole is named once. */
function describe(refused: readonly Leaf[], source: string | undefined): string {
  const lines = refused.map(({ xpath, line, reason }, index) => {
    const repeated = index > 0 && refused[index - 1]?.reason === reason;
    const place = source === undefined ? `line ${line}` : `${source}:${line}`;
    return repeated ? undefined : `${place}: ${xpath}: ${reason ?? 'not supported'}`;
  });
  return lines.filter((line) => line !== undefined).join('\n');
}

/** The input is XML, but holds something that cannot be taken over, or that libvirt would refuse. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
  /** Every leaf that was refused, in document order. */
  readonly refused: readonly Leaf[];
  /** Every leaf, the refused ones among them. */
  readonly report: readonly Leaf[];

  /** @param source where the XML came from, such as a file's name. */
  constructor(report: readonly Leaf[], source?: string) {
    const refused = report.filter(({ outcome }) => outcome === 'refused').toSorted((a, b) => a.line - b.line);
    super(describe(refused, source));
    this.refused = refused;
    this.report = report;
  }
}
