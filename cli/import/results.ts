import type { Analysis, ImportOptions, Leaf } from '../../analyser/index.ts';
import type { Source } from './sources.ts';

type Manifest = Analysis['objects'][number];

/** What became of one XML. */
export type Result = { readonly source: string; readonly report: readonly Leaf[] } & (
  | Omit<Analysis, 'report'>
  /** Why it cannot be imported, a line for each reason. */
  | { readonly error: string; readonly noXml: boolean }
);

/** Analyses one XML after the other; one that is refused stops no other. */
export async function analyseAll(sources: readonly Source[], options: ImportOptions): Promise<Result[]> {
  const { analyse } = await import('../chunks/analyse.ts');
  return sources.map(({ name, bytes }) => {
    try {
      return { source: name, ...analyse(bytes, { ...options, source: name }) };
    } catch (cause) {
      return { source: name, ...refusal(cause) };
    }
  });
}

/** Errors of the analyser are known by name: it is built into a file of its own. */
function refusal(cause: unknown): { error: string; noXml: boolean; report: readonly Leaf[] } {
  const { name, message, report } = cause as Error & { report?: readonly Leaf[] };
  if (name !== 'XmlError' && name !== 'AnalysisError') throw cause;
  return { error: message, noXml: name === 'XmlError', report: report ?? [] };
}

/** The objects of all, each once: files that were made on one host name the same networks. */
export function objectsOf(results: readonly Result[]): Manifest[] {
  const seen = new Set<string>();
  return results
    .flatMap((result) => ('objects' in result ? result.objects : []))
    .filter((object) => {
      const text = JSON.stringify([object.kind, object.metadata, object.spec]);
      const again = seen.has(text);
      seen.add(text);
      return !again;
    });
}

/** Two different objects of one kind and name: the first would be taken for the second. */
export function clashes(objects: readonly Manifest[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap(({ kind, metadata }) => {
    const key = `${kind} ${metadata.name}`;
    const again = seen.has(key);
    seen.add(key);
    return again ? [key] : [];
  });
}
