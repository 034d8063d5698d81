import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export const FIXTURES = join(ROOT, 'test', 'fixtures', 'libvirt');

/** libvirt's own tests and XML from real tools, where a developer has them beside the checkout. */
export const CORPUS = process.env['VMCTL_CORPUS'] ?? join(ROOT, '..', 'shared', 'corpus', 'libvirt');

export interface Sample {
  readonly name: string;
  readonly xml: string;
}

/** Every XML of a folder; none where it is not there. */
export function samples(folder: string): Sample[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.xml') && !name.endsWith('.expected.xml'));
  return names.map((name) => ({ name, xml: readFileSync(join(folder, name), 'utf8') }));
}
