import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Failure, usage } from '../errors.ts';
import { quoted } from '../names.ts';

const SUFFIXES = /\.(qcow2|raw|img|iso|vmdk|vhdx?|gz|xz|zst)$/i;
const CHECKSUM = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** spec.source of an image, from what a person types: a URL or a file. @throws Failure */
export function imageSource(from: string, checksum: string | undefined): object {
  if (checksum !== undefined && !CHECKSUM.test(checksum))
    throw usage(`${quoted(checksum)} is not a checksum`, 'write it as sha256: or sha512: and the digits in lower case');
  const digest = checksum === undefined ? {} : { checksum };
  if (/^https?:\/\//.test(from)) return { http: { url: from, ...digest } };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(from))
    throw usage(`${quoted(from)} cannot be imported`, 'give an http or https URL, or a file');
  const path = resolve(from);
  if (!existsSync(path))
    throw new Failure('notFound', `there is no file ${path}`, 'give a file of this machine, or an http or https URL');
  return { file: { path, ...digest } };
}

/** Name of an image after where it comes from: `debian-12-generic.qcow2` is `debian-12-generic`. */
export function imageName(from: string): string {
  const path = /^https?:\/\//.test(from) ? new URL(from).pathname : from;
  let name = basename(path);
  while (SUFFIXES.test(name)) name = name.replace(SUFFIXES, '');
  const tidy = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  if (tidy === '') throw usage(`what should the image from ${quoted(from)} be called?`, 'say it with --name');
  return tidy.slice(0, 253);
}
