import type { PortForward } from '../qemu/input.ts';

/** A port on which slirp listens for one of its networks. */
export interface SlirpListener extends Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'> {
  /** Id of its netdev. */
  readonly netdev: string;
}

const HEAD = /^Hub -?\d+ \((.+)\):$/;
const ROW = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s/;

/** The forwards that slirp has, in what the human monitor's `info usernet` answers. Source: slirp_connection_info of libslirp */
export function parseUsernet(answer: string): SlirpListener[] {
  let netdev = '';
  return answer.split('\n').flatMap((line) => {
    netdev = HEAD.exec(line.trim())?.[1] ?? netdev;
    const [, protocol, address = '', port] = ROW.exec(line) ?? [];
    if (protocol !== 'TCP' && protocol !== 'UDP') return [];
    return [{ netdev, protocol, hostAddress: address === '*' ? '0.0.0.0' : address, hostPort: Number(port) }];
  });
}
