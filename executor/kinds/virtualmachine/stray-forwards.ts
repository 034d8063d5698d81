import { listenerOf } from '../../network/user.ts';
import { parseUsernet, type SlirpListener } from '../../network/usernet.ts';
import { interfaceBackend } from '../../qemu/identifiers.ts';
import type { Qmp } from '../../qmp/index.ts';
import type { ActionOf } from './actions.ts';
import type { MachineHandle } from './handle.ts';
import type { Launched } from './record.ts';
import { connected, type Run } from './run.ts';

/**
 * Forwards that lead to a guest and are nobody's any more: an executor was killed while it opened a stream. Looked for once in each
 * qemu that this executor finds; what it opens itself it closes itself.
 */
export async function findStrays(
  { qmp, sweptPid, streams }: MachineHandle,
  pid: number,
  launched: Launched | undefined,
): Promise<SlirpListener[]> {
  const users = Object.entries(launched?.networks ?? {}).filter(([, { user }]) => user && user.program !== 'Passt');
  if (!qmp || users.length === 0 || sweptPid === pid) return [];
  const declared = new Set(
    users.flatMap(([name, { user }]) =>
      (user?.forwards ?? []).map((forward) => `${interfaceBackend(name)} ${listenerOf(forward)}`),
    ),
  );
  const isOurs = (listener: SlirpListener): boolean =>
    declared.has(`${listener.netdev} ${listenerOf(listener)}`) || streams.has(listener.hostPort);
  return parseUsernet(await monitor(qmp, 'info usernet')).filter((listener) => !isOurs(listener));
}

const monitor = (qmp: Qmp, line: string): Promise<string> =>
  qmp.execute('human-monitor-command', { 'command-line': line });

/** Connections that came in through them go on. */
export async function closeStrays(run: Run, { strays }: ActionOf<'close-strays'>): Promise<void> {
  const qmp = connected(run);
  for (const { netdev, protocol, hostAddress, hostPort } of strays) {
    await monitor(qmp, `hostfwd_remove ${netdev} ${protocol.toLowerCase()}:${hostAddress}:${hostPort}`);
  }
}
