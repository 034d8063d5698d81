import type { Leaf } from '../../analyser/index.ts';
import { elements, type Node, textOf } from './xml/node.ts';

/** Words that say nothing about which fault it is. */
const COMMON = new Set(
  'the and for with not can cannot must only are has have used use using was but this that found error xml unsupported configuration internal invalid value type supported expected domain missing name already more than one two given type element attribute device devices driver model controller number'.split(
    ' ',
  ),
);

const wordsOf = (text: string): Set<string> =>
  new Set(
    (text.toLowerCase().match(/[a-z0-9][a-z0-9:._+-]*[a-z0-9]|[0-9]/g) ?? []).filter((word) => !COMMON.has(word)),
  );

const UNSUPPORTED = /not supported|is not expected|known: /;

/** Every leaf of a document as `path = value`, without places. */
export function leavesOf(node: Node, above = ''): string[] {
  const path = `${above}/${node.name}`;
  const own = [...node.attributes].map(([name, value]) => `${path}/@${name} = ${value}`);
  const children = elements(node);
  const text = children.length === 0 ? [`${path} = ${textOf(node)}`] : [];
  return [...own, ...text, ...children.flatMap((child) => leavesOf(child, path))];
}

/**
 * Whether what was refused is the fault that libvirt tells. A leaf that libvirt accepts in other files and that is refused only
 * because we do not know it is not; a word of libvirt's message must be in the leaf, its value or our reason.
 *
 * @param common leaves of files that libvirt accepts, as `leavesOf` gives them.
 */
export function isTheFault(refused: readonly Leaf[], error: string, common: ReadonlySet<string>): boolean {
  const told = wordsOf(error);
  return refused.some((leaf) => {
    const reason = leaf.reason ?? '';
    const plain = `${leaf.xpath.replace(/\[\d+\]/g, '')} = ${leaf.value}`;
    if (UNSUPPORTED.test(reason) && common.has(plain)) return false;
    const ours = wordsOf(`${leaf.xpath.replace(/[/@[\]]/g, ' ')} ${leaf.value} ${reason}`);
    return [...told].some(
      (word) =>
        ours.has(word) ||
        [...ours].some((own) => own.length > 3 && word.length > 3 && (own.startsWith(word) || word.startsWith(own))),
    );
  });
}
