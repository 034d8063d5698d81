import { readFile } from 'node:fs/promises';
import { Failure, usage } from '../errors.ts';
import { quoted } from '../names.ts';

const LONGEST_INPUT = 1024 * 1024;

/** All of standard input. @throws Failure where it is more than an agent takes */
export async function readInput(input: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > LONGEST_INPUT) throw new Failure('failed', 'standard input has more than 1 MiB', 'use: vmctl scp');
  }
  return Buffer.concat(chunks);
}

/** Public keys of a file, or a key written out. @throws Failure */
export async function publicKeys(from: string): Promise<string[]> {
  if (/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(from)) return [from.trim()];
  const text = await readFile(from, 'utf8').catch((cause) => {
    throw new Failure(
      'notFound',
      `there is no file ${quoted(from)}`,
      'give a public key, or a file as ~/.ssh/id_ed25519.pub',
      {
        cause,
      },
    );
  });
  if (text.includes('PRIVATE KEY'))
    throw usage(`${quoted(from)} holds a private key`, `give the public one: ${from}.pub`);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0) return keys;
  throw usage(`${quoted(from)} holds no key`, 'give a file as ~/.ssh/id_ed25519.pub');
}
