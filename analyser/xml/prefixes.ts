import { XmlError } from './errors.ts';
import { childElements, type XmlElement } from './infoset.ts';

/** Prefixes that XML itself declares. Source: Namespaces in XML 1.0, 3 */
const BUILT_IN = ['xml', 'xmlns'];

const prefixOf = (name: string): string | undefined =>
  name.includes(':') ? name.slice(0, name.indexOf(':')) : undefined;

/**
 * Each prefix must be declared: libvirt looks elements of qemu's and of pools up by their namespace, and passes over those that
 * only look like them.
 *
 * @throws XmlError at the first that is not.
 */
export function checkPrefixes(node: XmlElement, source?: string, above: ReadonlySet<string> = new Set(BUILT_IN)): void {
  const declared = node.attributes.filter(({ name }) => name.startsWith('xmlns:'));
  const known =
    declared.length === 0 ? above : new Set([...above, ...declared.map(({ name }) => name.slice('xmlns:'.length))]);
  for (const { name, line } of [node, ...node.attributes]) {
    const prefix = prefixOf(name);
    if (prefix === undefined || known.has(prefix)) continue;
    throw new XmlError(`the prefix ${prefix} of ${name} is not declared; add xmlns:${prefix}`, line, 1, source);
  }
  for (const child of childElements(node)) checkPrefixes(child, source, known);
}
