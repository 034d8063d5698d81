import type { Difference } from './compare.ts';

/** A difference that stays, and why. */
export interface Known {
  readonly step: RegExp;
  readonly path: RegExp;
  readonly reason: string;
}

/** Custom resources: the embedded API beside the CRD server of 1.36. */
export const crdDifferences: readonly Known[] = [];

/** Core kinds: the embedded API, which is of 1.32's time, beside kube-apiserver 1.20. */
export const coreDifferences: readonly Known[] = [];

/** Takes the known ones away, and remembers in `used` which were met. */
export function unknown(differences: readonly Difference[], known: readonly Known[], used: Set<Known>): Difference[] {
  return differences.filter(({ step, path }) => {
    const match = known.find((entry) => entry.step.test(step) && entry.path.test(path));
    if (match) used.add(match);
    return !match;
  });
}
