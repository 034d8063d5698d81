import type { HostOf } from '../access/host.ts';
import type { Subresources } from '../apiserver/subresources.ts';
import { consoleHandler } from './console.ts';
import { logHandler } from './log.ts';

export { createLogBounds, type LogBounds } from './bounds.ts';
export { consoleFiles } from './locate.ts';

/** The subresources of machines that the embedded API serves. The host is asked for with each request: it comes later. */
export const consoleSubresources = (host: HostOf): Subresources =>
  new Map([
    ['virtualmachines/log', logHandler(host)],
    ['virtualmachines/console', consoleHandler(host)],
  ]);
