export { type ConnectOptions, connectQmp, type ExecuteOptions, type Qmp } from './client.ts';
export type * from './commands/index.ts';
export * from './errors.ts';
export type * from './events.ts';
export { type RunJobOptions, runJob } from './jobs.ts';
export { createMonitor, type Monitor, type MonitorOptions } from './monitor.ts';
export { type QmpSchema, querySchema } from './schema.ts';
