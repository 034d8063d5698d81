import type { KubeObject } from './types.ts';

export { mergePatch } from './apply/merge-patch.ts';

import { mergePatch } from './apply/merge-patch.ts';
export const trackUpdate = ({
  updated,
}: {
  live?: KubeObject;
  updated: KubeObject;
  manager: string;
  subresource?: string;
  schema: unknown;
  now: string;
}): KubeObject => updated;
export const strategicMerge = (target: object, patch: object, _schema: unknown) =>
  mergePatch(target as never, patch as never);
export const serverSideApply = ({
  live,
  applied,
}: {
  live?: KubeObject;
  applied: KubeObject;
  manager: string;
  force: boolean;
  subresource?: string;
  schema: unknown;
  now: string;
}): { object: KubeObject } | { conflicts: { manager: string; field: string }[] } => ({
  object: (live ? mergePatch(live as never, applied as never) : applied) as unknown as KubeObject,
});
