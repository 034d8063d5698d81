import { displayName, type NamedResource } from '../api/resources.ts';
import type { Format } from '../flags.ts';
import { formatObject } from '../output/object.ts';

export type DryRun = 'none' | 'client' | 'server';

export const dryRunNote = (mode: DryRun): string =>
  mode === 'none' ? '' : mode === 'client' ? ' (dry run)' : ' (server dry run)';

/** Query parameters of a change. */
export const changeQuery = (mode: DryRun): { fieldManager: string; fieldValidation: string; dryRun?: string } => ({
  fieldManager: 'vmctl',
  fieldValidation: 'Strict',
  ...(mode === 'server' && { dryRun: 'All' }),
});

interface Done {
  readonly metadata: { readonly name?: string; readonly generateName?: string };
}

/** `virtualmachine.vmctl.dev/web created`, or the object in the format that was asked for. */
export async function report(
  object: Done,
  resource: NamedResource,
  what: string,
  mode: DryRun,
  format?: string,
): Promise<string> {
  if (format !== undefined) return formatObject(object, resource, format as Exclude<Format, 'table' | 'wide'>);
  const name = object.metadata.name ?? `${object.metadata.generateName ?? ''}<generated>`;
  return `${displayName(resource, name)} ${what}${dryRunNote(mode)}`;
}
