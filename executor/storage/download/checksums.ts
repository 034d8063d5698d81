import { basename } from 'node:path';
import { DownloadFailedError, DownloadRefusedError } from './errors.ts';
import { type GetOptions, get } from './request.ts';
import { readBounded } from './text.ts';

const MAX_BYTES = 4 * 1024 ** 2;
const ALGORITHMS: Readonly<Record<number, string>> = { 64: 'sha256', 128: 'sha512' };
/** `SHA256 (name) = digest`, as BSD's tools and Fedora write it. */
const BSD = /^SHA(?:256|512) \((.+)\) = ([0-9a-f]{64}|[0-9a-f]{128})$/i;
/** `digest  name`, with a star before the name in binary mode, as GNU's tools write it; a lone digest has no name. */
const GNU = /^([0-9a-f]{64}|[0-9a-f]{128})(?:\s+\*?(.+))?$/i;

function entry(line: string): { name: string | undefined; digest: string } | undefined {
  const [, bsdName, bsdDigest] = BSD.exec(line) ?? [];
  const [, gnuDigest, gnuName] = GNU.exec(line) ?? [];
  const digest = (bsdDigest ?? gnuDigest)?.toLowerCase();
  return digest === undefined ? undefined : { name: bsdName ?? gnuName?.trim(), digest };
}

/**
 * The checksum that a publisher's file gives for a file, as `sha256:…` or `sha512:…`; nothing where it gives none. Without
 * names, a single digest counts; a longer digest before a shorter one.
 */
export function findChecksum(text: string, file: string): string | undefined {
  const entries = text.split(/\r?\n/).flatMap((line) => entry(line.trim()) ?? []);
  const named = entries.filter(({ name }) => name !== undefined && basename(name) === file);
  const lone = entries.length === 1 && entries[0]?.name === undefined ? entries : [];
  const [best] = [...named, ...lone].sort((a, b) => b.digest.length - a.digest.length);
  return best && `${ALGORITHMS[best.digest.length]}:${best.digest}`;
}

/** Reads the checksum of what `url` names out of the publisher's file. @throws DownloadRefusedError, DownloadFailedError */
export async function fetchChecksum(checksumUrl: string, url: string, options: GetOptions): Promise<string> {
  const response = await get(checksumUrl, options);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new DownloadFailedError('ServerError', `${checksumUrl} answered with HTTP ${response.statusCode}`);
  }
  const text = (await readBounded(response, checksumUrl, MAX_BYTES)).toString('utf8');
  const file = decodeURIComponent(basename(new URL(url).pathname));
  const found = findChecksum(text, file);
  if (found !== undefined) return found;
  throw new DownloadRefusedError(
    'ChecksumNotFound',
    `${checksumUrl} holds no sha256 or sha512 of ${file}: correct checksumUrl, or give the checksum itself`,
  );
}
