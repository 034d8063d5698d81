import { parse, parseAllDocuments, stringify } from 'yaml';

export { addContext, isEmpty, removeContext } from '../kubeconfig/merge.ts';

/** One document. @throws YAMLParseError */
export const parseYaml = (text: string): unknown => parse(text);

/** All documents of a text, empty ones left out. @throws the first error of any */
export function parseYamlDocuments(text: string): unknown[] {
  const documents = parseAllDocuments(text);
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null || value === undefined ? [] : [value];
  });
}

export const stringifyYaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
