import { createHash } from 'node:crypto';
import type { ApiClient } from '../../schemas/client/client.ts';
import { renderSeed, seedTexts } from '../../schemas/cloud-init/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { iso9660 } from './iso9660.ts';
import { readSources } from './read.ts';

export interface MadeSeed {
  readonly image: Buffer;
  /** Hexadecimal digits that stand for the content. */
  readonly digest: string;
}

/** A bomb of aliases is found out before it goes off. */
const YAML = { maxAliasCount: 100, logLevel: 'error', uniqueKeys: false } as const;

/**
 * The seed of a machine as a CD-ROM image, made afresh from its spec and from what that refers to; nothing where it has none.
 * @throws SeedProblem
 */
export async function makeSeed(client: ApiClient, { metadata, spec }: VirtualMachine): Promise<MadeSeed | undefined> {
  const { cloudInit } = spec;
  if (!cloudInit || cloudInit.noCloud?.seedFrom !== undefined) return undefined;
  const { namespace = 'default', name, uid = '' } = metadata;
  const texts = seedTexts(cloudInit, await readSources(client, namespace, cloudInit));
  const { parse } = await import('yaml');
  const seed = renderSeed({ cloudInit, machine: { name, uid }, texts, parse: (text) => parse(text, YAML) });
  const files = seed.files.map(({ path, content }) => ({ path, content: Buffer.from(content) }));
  const image = iso9660(seed.label, files);
  return { image, digest: createHash('sha256').update(image).digest('hex').slice(0, DIGITS) };
}

const DIGITS = 24;
