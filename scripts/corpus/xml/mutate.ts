import { difference } from './infoset.ts';
import { elements, type Node } from './node.ts';

/** A copy of a tree with one element replaced by others. */
const replaced = (node: Node, target: Node, by: readonly Node[]): Node => ({
  ...node,
  content: node.content.flatMap((item): readonly (Node | string)[] =>
    typeof item === 'string' ? [item] : item === target ? by : [replaced(item, target, by)],
  ),
});

const all = (node: Node): Node[] => elements(node).flatMap((child) => [child, ...all(child)]);

function changesOf(node: Node): [string, Node[]][] {
  const attributes = [...node.attributes].flatMap(([name, value]): [string, Node[]][] => [
    [`@${name} changed`, [{ ...node, attributes: new Map([...node.attributes, [name, `${value}1`]]) }]],
    // KiB is what no unit means.
    ...(value === 'KiB'
      ? []
      : [
          [
            `@${name} taken away`,
            [{ ...node, attributes: new Map([...node.attributes].filter(([other]) => other !== name)) }],
          ] as [string, Node[]],
        ]),
  ]);
  const text =
    elements(node).length === 0 && node.content.join('').trim() !== ''
      ? [['text changed', [{ ...node, content: [`${node.content.join('')}1`] }]] as [string, Node[]]]
      : [];
  return [
    ...attributes,
    ...text,
    ['taken away', []],
    ['given twice', [node, node]],
    ['a child added', [{ ...node, content: [...node.content, { name: 'x', attributes: new Map(), content: [] }] }]],
  ];
}

/** How many changes of a document the comparison of infosets sees, and those that it does not. */
export function testInfoset(root: Node): { made: number; unseen: string[] } {
  const unseen: string[] = [];
  let made = 0;
  for (const node of all(root)) {
    for (const [what, by] of changesOf(node)) {
      const { lost, added } = difference(root, replaced(root, node, by));
      made += 1;
      if (lost.length + added.length === 0) unseen.push(`${node.name} ${what}`);
    }
  }
  return { made, unseen };
}
