import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { crd } from '../../schemas/crd.ts';
import { generated } from '../../schemas/generate.ts';
import { kinds } from '../../schemas/kinds/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('generated files', () => {
  it('are what the schemas say', () => {
    for (const [path, text] of generated()) expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(text);
  });

  it('crds.yaml holds the six CRDs and nothing else', () => {
    const documents = parseAllDocuments(readFileSync(join(ROOT, 'yamls/crds.yaml'), 'utf8')).map((document) =>
      document.toJS(),
    );
    expect(documents).toEqual(Object.values(kinds).map((kind) => JSON.parse(JSON.stringify(crd(kind)))));
  });
});
