import { contextOf } from './argv/context.ts';
import { testComparison } from './argv/mutate.ts';
import { argumentsOf, shellWords } from './argv/words.ts';
import { samplesIn } from './files.ts';
import { testInfoset } from './xml/mutate.ts';
import { parse } from './xml/node.ts';

interface Tested {
  readonly made: number;
  readonly unseen: readonly string[];
}

const total = (list: readonly Tested[]): { made: number; seen: number; percent: number } => {
  const made = list.reduce((sum, one) => sum + one.made, 0);
  const unseen = list.reduce((sum, one) => sum + one.unseen.length, 0);
  return { made, seen: made - unseen, percent: Math.round((1 - unseen / Math.max(1, made)) * 10_000) / 100 };
};

/** How many of the changes that are made in a folder's files the two comparisons see. */
export function testScorer(folder: string): Record<'commandLines' | 'documents', ReturnType<typeof total>> {
  const samples = samplesIn(folder).map((one) => ({ ...one, root: parse(one.xml) }));
  const lines = samples.flatMap(({ args, root }) =>
    args === undefined ? [] : [testComparison(argumentsOf(shellWords(args)), contextOf(root))],
  );
  return { commandLines: total(lines), documents: total(samples.map(({ root }) => testInfoset(root))) };
}
