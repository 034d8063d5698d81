import { type Element, printElement } from './fields/element.ts';
import { pathsOf } from './fields/set.ts';
import type { Managed } from './managers/managed.ts';
import type { Claim } from './managers/reconcile.ts';

/** One field that another manager owns. */
export interface Conflict {
  /** As a message names the manager: `"kubectl-client-side-apply" using vmctl.dev/v1alpha1`. */
  manager: string;
  /** `.spec.disks[name="root"].size` */
  field: string;
}

export interface ConflictStatus {
  message: string;
  causes: { reason: 'FieldManagerConflict'; message: string; field: string }[];
}

export function conflictsOf(claims: readonly Claim[]): Conflict[] {
  return claims.flatMap(({ managed, set }) =>
    [...pathsOf(set)].map((path) => ({ manager: printManager(managed), field: printPath(path) })),
  );
}

export function printPath(path: readonly Element[]): string {
  return path.map(printElement).join('');
}

function printManager({ manager, operation, apiVersion, subresource }: Managed): string {
  const through = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  if (operation !== 'Update') return `${JSON.stringify(manager)}${through}`;
  return `${JSON.stringify(manager)}${through} using ${apiVersion}`;
}

/** Message and causes of the 409 that answers an apply with conflicts (apimachinery's `NewConflictError`). */
export function formatConflicts(conflicts: readonly Conflict[]): ConflictStatus {
  const [first] = conflicts;
  const causes = conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict' as const,
    message: `conflict with ${manager}`,
    field,
  }));
  if (first && conflicts.length === 1) {
    return { message: `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`, causes };
  }
  return { message: `Apply failed with ${conflicts.length} conflicts: ${byManager(conflicts)}`, causes };
}

function byManager(conflicts: readonly Conflict[]): string {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  return managers
    .map((manager) => {
      const fields = conflicts.filter((conflict) => conflict.manager === manager).map(({ field }) => `\n- ${field}`);
      return `conflicts with ${manager}:${fields.join('')}`;
    })
    .join('\n');
}
