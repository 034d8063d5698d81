import { basename, resolve } from 'node:path';
import { usage } from '../errors.ts';
import { quoted } from '../names.ts';

const SUFFIXES = /\.(qcow2|raw|img|iso|vmdk|vhdx?|gz|xz|zst)$/i;
const CHECKSUM = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** A checksum, if it is one, as a member to spread. @throws Failure (usage) */
export const checkedSum = (checksum: string | undefined): { checksum?: string } => {
  if (checksum === undefined) return {};
  if (CHECKSUM.test(checksum)) return { checksum };
  throw usage(`${quoted(checksum)} is not a checksum`, 'write it as sha256: or sha512: and the digits in lower case');
};

const isUrl = (from: string): boolean => /^https?:\/\//.test(from);

/** The file that an import is from, or undefined where it is from a URL. @throws Failure (usage) for other URLs */
export function importedFile(from: string): string | undefined {
  if (isUrl(from)) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(from))
    throw usage(`${quoted(from)} cannot be imported`, 'give an http or https URL, or a file');
  return resolve(from);
}

/** Name of an image after where it comes from: `debian-12-generic.qcow2` is `debian-12-generic`. */
export function imageName(from: string): string {
  const path = isUrl(from) ? new URL(from).pathname : from;
  let name = basename(path);
  while (SUFFIXES.test(name)) name = name.replace(SUFFIXES, '');
  const tidy = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  if (tidy === '') throw usage(`what should the image from ${quoted(from)} be called?`, 'say it with --name');
  return tidy.slice(0, 253);
}
