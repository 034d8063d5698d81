export { overlaysOn } from './base.ts';
export { inspectOwn, NoVolumeError, type Volume } from './inspect.ts';
export { type Owner, type VolumeFolder, type VolumePaths, volumePaths } from './layout.ts';
export {
  type Held,
  isThere,
  makeFolder,
  publish,
  readSidecar,
  removePart,
  removeVolume,
  type Sidecar,
  VolumeExistsError,
  whoHolds,
} from './ownership.ts';
export { availableBytes, type Budget, budgetOf, NoSpaceError, requireSpace } from './space.ts';
export { requireTrust, UntrustedVolumeError } from './trust.ts';
