import { badRequest } from '../../apiserver/status-error.ts';

/** Readers of a request's members. @throws StatusError 400 naming the member and what it must be */

type Body = Readonly<Record<string, unknown>>;

export function textOf(body: Body, name: string, longest: number): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '' && value.length <= longest && !value.includes('\0')) return value;
  throw badRequest(`${name} must be a text of 1 to ${longest} characters`);
}

export function textsOf(body: Body, name: string, most: number, longest: number): string[] {
  const value = body[name] ?? [];
  const fine = (one: unknown) => typeof one === 'string' && one.length <= longest && !one.includes('\0');
  if (Array.isArray(value) && value.length <= most && value.every(fine)) return value;
  throw badRequest(`${name} must be a list of at most ${most} texts of at most ${longest} characters`);
}

export function numberOf(body: Body, name: string, preset: number, [least, most]: readonly [number, number]): number {
  const value = body[name] ?? preset;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw badRequest(`${name} must be a whole number from ${least} to ${most}`);
}

export function oneOf<T extends string>(body: Body, name: string, words: readonly T[]): T {
  const found = words.find((word) => word === body[name]);
  if (found !== undefined) return found;
  throw badRequest(`${name} must be one of ${words.join(', ')}`);
}

export const isTrue = (body: Body, name: string): boolean => body[name] === true;

/** A user of the guest, as useradd(8) lets one be called there, or on Windows. */
export function userOf(body: Body): string {
  const user = textOf(body, 'user', 64);
  if (!/[:\n\r/]/.test(user) && !user.startsWith('-')) return user;
  throw badRequest('user must be the name of a user of the guest');
}
