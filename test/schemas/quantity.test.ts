import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, humanSize, parseSize } from '../../schemas/types/size.ts';

describe('a size', () => {
  it.each([
    ['0', 0n],
    ['512', 512n],
    [2048, 2048n],
    ['1k', 1000n],
    ['1Ki', 1024n],
    ['1.5Gi', 1610612736n],
    ['20Gi', 21474836480n],
    ['0.3', 1n],
    ['60Ti', 65970697666560n],
    ['1E', 10n ** 18n],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '-1', '+1', '1 Gi', '1GiB', 'Gi', '1e3', '1m', '0x10', '1..5', '١'])('"%s" is refused', (text) => {
    expect(() => parseSize(text)).toThrow(RangeError);
  });

  it('comes back from its text unchanged', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });

  it.each([
    [1000n, '1000 B'],
    [1536n, '1.5 KiB'],
    [21474836480n, '20 GiB'],
  ])('%d reads as %s', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text);
  });
});
