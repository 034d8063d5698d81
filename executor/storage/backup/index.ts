export { type Bitmap, bitmapOf, type Choice, chooseBase, type Earlier, type Source } from './base.ts';
export { type BackupName, backupFile, backupFolder } from './layout.ts';
export { type Manifest, readManifest, writeManifest } from './manifest.ts';
export { expendable, type Made } from './retention.ts';
