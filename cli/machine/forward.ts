import { usage } from '../errors.ts';
import { quoted } from '../names.ts';

/** A port of the host that reaches a port of the guest, as in spec.interfaces[].forwards. */
export interface Forward {
  readonly hostAddress?: string;
  readonly hostPort: number;
  readonly port: number;
  readonly protocol?: 'UDP';
}

const FORM = 'write it as [ADDRESS:]HOSTPORT:GUESTPORT[/udp], such as 2222:22, 0.0.0.0:8080:80 or [::1]:5353:53/udp';
const FORWARD = /^(?:(\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/i;

const inRange = (port: number): boolean => port >= 1 && port <= 65535;

/** Reads `2222:22`, `0.0.0.0:8080:80`, `[::1]:5353:53/udp`. @throws Failure (usage) */
export function parseForward(text: string): Forward {
  const [, address, host, guest, protocol] = FORWARD.exec(text) ?? [];
  const [hostPort, port] = [Number(host), Number(guest)];
  if (host === undefined || !inRange(hostPort) || !inRange(port))
    throw usage(`${quoted(text)} is not a port to forward`, FORM);
  return {
    ...(address !== undefined && { hostAddress: address.replace(/^\[|\]$/g, '') }),
    hostPort,
    port,
    ...(protocol?.toLowerCase() === 'udp' && { protocol: 'UDP' as const }),
  };
}
