import { parse } from 'yaml';
import { type CloudInit, renderSeed, type SeedProblem, seedTexts } from '../../schemas/cloud-init/index.ts';

export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2 ada@home';
export const MACHINE = { name: 'web', uid: '11111111-2222-3333-4444-555555555555' };
export const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

export type Objects = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The files of a seed, by their paths. */
export function seedOf(cloudInit: CloudInit, objects: Objects = {}) {
  const texts = seedTexts(cloudInit, (kind, name) => objects[`${kind}/${name}`]);
  const strict = (text: string) => parse(text, { maxAliasCount: 100 });
  const { label, files } = renderSeed({ cloudInit, machine: MACHINE, texts, parse: strict });
  return { label, files: Object.fromEntries(files.map(({ path, content }) => [path, content])), all: files };
}

/** Why there is no seed. */
export function problemOf(cloudInit: CloudInit, objects: Objects = {}): SeedProblem {
  try {
    seedOf(cloudInit, objects);
  } catch (error) {
    if ((error as Error).name === 'SeedProblem') return error as SeedProblem;
    throw error;
  }
  throw new Error('there is a seed');
}
