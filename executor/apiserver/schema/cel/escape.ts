/** Words of CEL that cannot name a field; such fields are written `__word__`. */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const ESCAPES: Record<string, string> = { '.': '__dot__', '-': '__dash__', '/': '__slash__' };

/** Name by which a rule refers to a property (`x-foo` is `x__dash__foo`), as Kubernetes escapes them. */
export function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replaceAll('__', '__underscores__').replace(/[./-]/g, (char) => ESCAPES[char] ?? char);
}
