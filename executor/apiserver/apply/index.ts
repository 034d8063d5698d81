export { type Conflict, type ConflictStatus, formatConflicts } from './conflicts.ts';
export { mergePatch } from './merge-patch.ts';
export { type ApplyRequest, type ApplyResult, serverSideApply } from './server-side-apply.ts';
export { strategicMerge } from './strategic-merge.ts';
export { trackUpdate, type UpdateRequest } from './track-update.ts';
export { typeErrors } from './typed/check.ts';
