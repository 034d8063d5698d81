import type { Subresources } from '../apiserver/subresources.ts';
import { statsHandler } from '../metrics/index.ts';
import { agentHandler } from './agent/index.ts';
import { exportHandler } from './export.ts';
import type { HostOf } from './host.ts';
import { portForwardHandler } from './portforward/index.ts';
import { screenshotHandler } from './screenshot.ts';
import { sendKeyHandler } from './sendkey.ts';
import { vncHandler } from './vnc.ts';

export type { AccessHost } from './host.ts';

/** Ways into a machine beside its console. */
export const accessSubresources = (host: HostOf): Subresources =>
  new Map([
    ['virtualmachines/agent', agentHandler(host)],
    ['virtualmachines/vnc', vncHandler(host)],
    ['virtualmachines/portforward', portForwardHandler(host)],
    ['virtualmachines/screenshot', screenshotHandler(host)],
    ['virtualmachines/sendkey', sendKeyHandler(host)],
    ['virtualmachines/stats', statsHandler(host)],
    ['virtualmachinesnapshots/export', exportHandler(host)],
  ]);
