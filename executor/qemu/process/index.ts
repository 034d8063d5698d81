export { findQemus, machineOf } from './identity.ts';
export type { LaunchOptions, QemuUser } from './launch.ts';
export { LOG_LIMIT_BYTES, tailLog, trimLog } from './log.ts';
export { type ObserveOptions, observeQemu, type QemuState } from './observe.ts';
export { type PidRecord, readRecord, removeRecord, writeRecord } from './record.ts';
export { QemuExitError, type QemuProcess, type SpawnOptions, spawnQemu, unlessExited } from './spawn.ts';
export { type TerminateOptions, terminateQemu, waitForExit } from './terminate.ts';
