import { usage } from '../errors.ts';
import { machineName, quoted } from '../names.ts';

/** Whom to log in as, and where. */
export interface Login {
  readonly user?: string;
  readonly machine: string;
}

/** `root@web`, `web`. @throws Failure (usage) */
export function parseLogin(text: string): Login {
  const at = text.lastIndexOf('@');
  const machine = machineName(text.slice(at + 1));
  if (at === -1) return { machine };
  const user = text.slice(0, at);
  if (/^[^\s@:/\\-][^\s:/\\]*$/.test(user)) return { user, machine };
  throw usage(`${quoted(user)} is no name of a user`, 'write it as USER@MACHINE');
}

/** One side of a copy: a path here, or one on a machine. */
export type Place = { readonly path: string; readonly login?: Login };

/** `web:/etc/hosts`, `root@web:file`, `./file`; a path here that holds a colon is written `./with:colon`. @throws Failure (usage) */
export function parsePlace(text: string): Place {
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  if (colon <= 0 || (slash !== -1 && slash < colon)) return { path: text };
  return { login: parseLogin(text.slice(0, colon)), path: text.slice(colon + 1) || '.' };
}
