export { type DownloadOptions, download } from './download.ts';
export { DownloadFailedError, DownloadRefusedError } from './errors.ts';
export { forgetPart } from './partial.ts';
