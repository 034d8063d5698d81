import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespaceName, objectName, quoted } from '../../cli/names.ts';
import { objectName as schemaName } from '../../schemas/types/primitives.ts';

describe('names', () => {
  it('are what the schema takes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-zA-Z0-9.\-_]{0,300}$/)), (text) => {
        const isTaken = (() => {
          try {
            return objectName(text) === text;
          } catch {
            return false;
          }
        })();
        expect(isTaken).toBe(schemaName().safeParse(text).success);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', 'Web', 'a b', '-a', 'a-', '../etc', 'a/b', 'a\n', 'ü', '--force', 'a'.repeat(254)])(
    '%j is refused with a sentence',
    (name) => {
      expect(() => objectName(name)).toThrow(/is not a name that Kubernetes allows$/);
    },
  );

  it('of namespaces have no dots', () => {
    expect(namespaceName('team-1')).toBe('team-1');
    expect(() => namespaceName('a.b')).toThrow('"a.b" is not a namespace that Kubernetes allows');
  });

  it('are shown so that they cannot move the cursor or mirror the line', () => {
    expect(quoted('a\u001b[31m\u202eb\n')).toBe('"a\\u001b[31m\\u202eb\\n"');
    expect(quoted('x'.repeat(100)).length).toBeLessThan(90);
  });
});
