import type { NamedResource } from '../api/resources.ts';
import { displayName } from '../api/resources.ts';
import type { Format } from '../flags.ts';

const json = (value: unknown): string => JSON.stringify(value, undefined, 4);

async function yaml(value: unknown): Promise<string> {
  const { stringifyYaml } = await import('../chunks/yaml.ts');
  return stringifyYaml(value).trimEnd();
}

/** Data for programs, without a trailing newline. */
export const formatData = async (value: unknown, format: 'json' | 'yaml'): Promise<string> =>
  format === 'json' ? json(value) : yaml(value);

interface Named {
  readonly metadata: { readonly name?: string; readonly generateName?: string };
}

/** One object in a format other than a table. */
export async function formatObject(
  object: Named,
  resource: NamedResource,
  format: Exclude<Format, 'table' | 'wide'>,
): Promise<string> {
  if (format === 'name')
    return displayName(resource, object.metadata.name ?? `${object.metadata.generateName ?? ''}<generated>`);
  return formatData(object, format);
}
