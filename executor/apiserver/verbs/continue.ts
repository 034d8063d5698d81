import { badRequest } from '../status-error.ts';

interface Key {
  namespace: string;
  name: string;
}

/** Where a chunked list goes on: the version it began at, and the last key given. Opaque to clients. */
export const encodeContinue = (rv: number, { namespace, name }: Key): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: [namespace, name] })).toString('base64url');

/** @throws StatusError 400 */
export function parseContinue(token: string): { rv: number; after: Key } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    const [namespace, name] = start;
    if (v === 'meta.k8s.io/v1' && Number.isInteger(rv) && typeof namespace === 'string' && typeof name === 'string') {
      return { rv, after: { namespace, name } };
    }
  } catch {
    // Whatever is wrong with it, the answer below says all that a client can use.
  }
  throw badRequest('continue key is not valid: it is not a token that this server gave');
}
