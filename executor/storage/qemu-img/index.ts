export * from './commands.ts';
export { QemuImgError, type QemuImgErrorCode } from './errors.ts';
export { type RunOptions, runQemuImg } from './run.ts';
