import { usage } from '../errors.ts';
import { quoted } from '../names.ts';

export interface PortPair {
  /** 0 for any that is free. */
  readonly local: number;
  readonly remote: number;
  readonly protocol: 'tcp' | 'udp';
}

const HIGHEST = 65535;

/** `8080:80/tcp`, `80`, `:53/udp`, as kubectl and virtctl write them. @throws Failure (usage) */
export function parsePortPair(text: string): PortPair {
  const [, local, colon, remoteText = '', protocol = 'tcp'] =
    /^(?:(\d{0,5})(:))?(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  const remote = Number(remoteText);
  const pair = { local: colon ? Number(local || 0) : remote, remote };
  if (remote < 1 || Math.max(pair.local, remote) > HIGHEST) {
    throw usage(`${quoted(text)} is no port to forward`, 'write it as PORT, LOCAL:PORT or LOCAL:PORT/udp');
  }
  return { ...pair, protocol: protocol.toLowerCase() as PortPair['protocol'] };
}
