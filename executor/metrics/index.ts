import { subscribe } from 'node:diagnostics_channel';
import type { HostOf } from '../access/host.ts';
import { send } from '../apiserver/http/respond.ts';
import type { PageHandler } from '../apiserver/http/router.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { machineFamilies, poolFamilies } from './families.ts';
import { Histogram } from './histogram.ts';
import { allUsage } from './machines.ts';
import { QMP_COMMAND, RECONCILE, SNAPSHOT, type Timing } from './timing.ts';

export { statsHandler } from './stats.ts';

/** `GET /metrics`, for Prometheus. Counts what takes time from when it is made. */
export function metricsPage(host: HostOf): PageHandler {
  const reconciles = new Histogram('vmctl_reconcile_seconds', 'Time of one reconciliation.', 'kind');
  const commands = new Histogram('vmctl_qmp_seconds', 'Time of one QMP command.', 'command');
  const snapshots = new Histogram('vmctl_snapshot_seconds', 'Time that a snapshot or a revert itself took.', 'step');
  for (const [name, histogram] of [
    [RECONCILE, reconciles],
    [QMP_COMMAND, commands],
    [SNAPSHOT, snapshots],
  ] as const) {
    subscribe(name, (timing) => histogram.observe((timing as Timing).what, (timing as Timing).seconds));
  }
  return async (request, response) => {
    const { context } = host();
    const families = [
      ...machineFamilies(await allUsage(host())),
      ...poolFamilies(context.store.list('VirtualMachineStoragePool'), context.nodeName),
      reconciles.family(),
      commands.family(),
      snapshots.family(),
    ];
    await send(request, response, { code: 200, type: CONTENT_TYPE, body: exposition(families) });
  };
}
