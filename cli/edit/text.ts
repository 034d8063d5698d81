import type { KubeObject } from '../../schemas/types/object.ts';

const NOTE = `# Change the object below and save. Lines that begin with # do not count. An empty file changes nothing.
`;

/** The object as it is edited: what the server keeps for itself is left out. */
export function editable(object: KubeObject): object {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  const { status: _status, ...rest } = object as KubeObject & { status?: unknown };
  return { ...rest, metadata };
}

/** The text for the editor, with what was wrong with the last one above it. */
export function editText(yaml: string, problem?: string): string {
  const wrong =
    problem === undefined
      ? ''
      : `${problem
          .split('\n')
          .map((line) => `# ${line}`)
          .join('\n')}\n#\n`;
  return `${NOTE}${wrong}${yaml}`;
}

/** What was saved, without the comments on top. */
export const withoutNote = (text: string): string => text.replace(/^(?:#[^\n]*\n)+/, '');
