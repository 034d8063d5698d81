import { describe, expect, it } from 'vitest';
import { checks, runCheck } from '../../scripts/check.ts';

describe('the checkout', () => {
  it.each(Object.entries(checks))('passes %s', (_, args) => {
    expect(() => runCheck(args)).not.toThrow();
  });
});
