import { readFile } from 'node:fs/promises';

/** Counters of a device since it was made; what a tap receives, its guest sent. */
export interface Counters {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
}

/** The devices of our network namespace with their counters: one read, no process. Source: proc_pid_net(5) */
export async function deviceCounters(): Promise<ReadonlyMap<string, Counters>> {
  return parseCounters(await readFile('/proc/self/net/dev', 'utf8').catch(() => ''));
}

export function parseCounters(text: string): Map<string, Counters> {
  const devices = new Map<string, Counters>();
  for (const line of text.split('\n').slice(2)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [receivedBytes = 0, receivedPackets = 0, sentBytes = 0, sentPackets = 0] = [0, 1, 8, 9].map(
      (i) => numbers[i],
    );
    devices.set(line.slice(0, colon).trim(), { receivedBytes, receivedPackets, sentBytes, sentPackets });
  }
  return devices;
}
