export { downloadApart, type Helper } from './apart.ts';
export { fetchChecksum, findChecksum } from './checksums.ts';
export { type DownloadOptions, download } from './download.ts';
export { DownloadFailedError, DownloadRefusedError } from './errors.ts';
export { forgetPart } from './partial.ts';
export { type GetOptions, get } from './request.ts';
export { readBounded } from './text.ts';
