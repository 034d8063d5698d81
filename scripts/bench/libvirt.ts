import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measure, measure, paired, time } from './measure.ts';
import { run } from './run.ts';
import { VMCTL } from './standalone.ts';

const ROUNDS = 5;
const FILES = 1000;

/** libvirt's own schema, from Debian's libvirt0. */
const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';
const SAMPLE = join(import.meta.dirname, '../../test/fixtures/libvirt/virt-install.xml');

/** A thousand machines of libvirt's analysed in one call, against their validation by libvirt's schema in one call. */
export async function libvirt(): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-bench-'));
  try {
    const xml = readFileSync(SAMPLE, 'utf8');
    const files = Array.from({ length: FILES }, (_, n) => join(folder, `${n}.xml`));
    for (const [n, file] of files.entries()) writeFileSync(file, xml.replace(/<name>[^<]*</, `<name>m${n}<`));
    const ours = () => time(() => run([VMCTL, 'import', folder, '-o', 'name', '--dry-run', 'client']));
    const xmllint = () => time(() => run(['xmllint', '--noout', '--relaxng', SCHEMA, ...files]));
    const [analysed, validated] = await paired(ROUNDS, ours, xmllint);
    return [measure(`vmctl import of ${FILES} files : xmllint --relaxng`, 'ms', analysed, validated)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
