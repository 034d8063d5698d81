import * as z from 'zod';
import { withRule } from './rule.ts';
import { parseSize, SIZE } from './size.ts';

/** A size as people write it, `20Gi` or a number of bytes. int-or-string in the CRD. */
export const sizeQuantity = () =>
  z
    .union([z.string().regex(SIZE).max(32), z.int().min(0)])
    .meta({ 'x-kubernetes-int-or-string': true, pattern: SIZE.source, maxLength: 32 });

/** A size within bounds, both inclusive. */
export function boundedSize(min: string, max: string) {
  const least = parseSize(min);
  const most = parseSize(max);
  const compare = (bound: string) => `quantity(string(self)).compareTo(quantity('${bound}'))`;
  return withRule(
    sizeQuantity(),
    { rule: `${compare(min)} >= 0 && ${compare(max)} <= 0`, message: `must be at least ${min} and at most ${max}` },
    (value) => parseSize(value) >= least && parseSize(value) <= most,
  );
}
