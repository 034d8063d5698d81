import type { Subresources } from '../apiserver/subresources.ts';
import { consoleHandler } from './console.ts';
import type { ConsoleHost } from './locate.ts';
import { logHandler } from './log.ts';

export { createLogBounds, type LogBounds } from './bounds.ts';
export { type ConsoleHost, consoleFiles } from './locate.ts';

/** The subresources of machines that the embedded API serves. The host is asked for with each request: it comes later. */
export const consoleSubresources = (host: () => ConsoleHost): Subresources =>
  new Map([
    ['virtualmachines/log', logHandler(host)],
    ['virtualmachines/console', consoleHandler(host)],
  ]);
