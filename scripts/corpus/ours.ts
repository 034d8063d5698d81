import { exportObject } from '../../analyser/export.ts';
import { AnalysisError, analyse, type Leaf, type Manifest, XmlError } from '../../analyser/index.ts';
import { commandFor } from '../../cli/chunks/showcmd.ts';
import { lookupIn } from '../../cli/showcmd/lookup.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

/** What the analyser says to one file. */
export type Verdict =
  | { readonly accepted: true; readonly objects: readonly Manifest[]; readonly report: readonly Leaf[] }
  | { readonly accepted: false; readonly report: readonly Leaf[]; readonly message: string }
  /** Neither yes nor no: the analyser failed. */
  | { readonly failed: string };

export function ask(xml: string): Verdict {
  try {
    return { accepted: true, ...analyse(xml) };
  } catch (error) {
    if (error instanceof AnalysisError) return { accepted: false, report: error.report, message: error.message };
    if (error instanceof XmlError) return { accepted: false, report: [], message: error.message };
    return { failed: (error as Error).stack ?? String(error) };
  }
}

/** The XML that the objects give back. */
export const again = (objects: readonly Manifest[]): string => exportObject(objects[0] as Manifest, objects);

/** The command line that the executor would build, without the binary. */
export function commandOf(objects: readonly Manifest[]): { args: string[] } | { failed: string } {
  try {
    return { args: commandFor(objects[0] as VirtualMachine, lookupIn(objects), '/run/vmctl/machines').slice(1) };
  } catch (error) {
    return { failed: `${(error as Error).name}: ${(error as Error).message}` };
  }
}
