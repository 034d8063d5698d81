import { realpath, stat } from 'node:fs/promises';
import { Failure } from '../errors.ts';

/** A file of this machine by the path that no link leads to, as the executor opens it. @throws Failure where there is none */
export async function localFile(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined && (await stat(real)).isFile()) return real;
  throw new Failure('notFound', `there is no file ${path}`, 'give a file of this machine, or an http or https URL');
}
