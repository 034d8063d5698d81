import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the corpus, with what libvirt makes of it. */
export interface Sample {
  readonly name: string;
  readonly xml: string;
  /** Arguments of qemu as libvirt gives them, without environment and binary. */
  readonly args?: string;
  /** What libvirt says where it refuses the file. */
  readonly error?: string;
}

const EXPECTED = /\.expected\.(args|xml|err)$/;

const contentOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** The inputs of a folder, by name; none where it is not there. */
export function samplesIn(folder: string): Sample[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.xml') && !EXPECTED.test(name));
  return names.sort().map((file) => {
    const name = file.slice(0, -'.xml'.length);
    const [args, error] = ['args', 'err'].map((kind) => contentOf(join(folder, `${name}.expected.${kind}`)));
    const xml = readFileSync(join(folder, file), 'utf8');
    return { name, xml, ...(args !== undefined && { args }), ...(error !== undefined && { error }) };
  });
}
