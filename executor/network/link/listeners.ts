import { readFile } from 'node:fs/promises';
import type { Listener } from '../router/forwards.ts';

const FILES = [
  ['tcp', 'TCP', 4],
  ['tcp6', 'TCP', 6],
  ['udp', 'UDP', 4],
  ['udp6', 'UDP', 6],
] as const;
/** A TCP socket that listens, a UDP socket that is bound and not connected. Source: include/net/tcp_states.h */
const STATES = { TCP: '0A', UDP: '07' } as const;

/** The ports on which programs of this host listen. */
export async function findListeners(): Promise<Listener[]> {
  const found = await Promise.all(
    FILES.map(async ([file, protocol, family]) => {
      const text = await readFile(`/proc/self/net/${file}`, 'utf8').catch(() => '');
      return parseListeners(text, protocol, family);
    }),
  );
  return found.flat();
}

export function parseListeners(text: string, protocol: 'TCP' | 'UDP', family: 4 | 6): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== STATES[protocol]) return [];
      return [{ protocol, hostPort: Number.parseInt(port, 16), hostAddress: toAddress(address, family) }];
    });
}

/** The kernel writes 32-bit words in the byte order of the processor, little endian on what we run on. */
function toAddress(hex: string, family: 4 | 6): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
  if (family === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}
