import { execFileSync } from 'node:child_process';

/** Of the range for tests of networks (RFC 2544). The API refuses endpoints in 127.0.0.0/8. */
const RANGE = '198.18';

/** An address that only this host has, on its loopback device. @throws where this user may not add one */
export function hostAddress(): Disposable & { readonly ip: string } {
  const random = () => 1 + Math.floor(Math.random() * 254);
  const ip = `${RANGE}.${random()}.${random()}`;
  const address = (verb: 'add' | 'del') => execFileSync('ip', ['address', verb, `${ip}/32`, 'dev', 'lo']);
  address('add');
  return { ip, [Symbol.dispose]: () => void address('del') };
}

/** Why there can be no such address here. */
export const noAddress = (): string | undefined =>
  process.getuid?.() === 0 ? undefined : 'only root may add an address to the loopback device';
