import { SaxesParser } from 'saxes';

/** An element as the scorer sees it. It shares no code with the analyser, so that it can judge it. */
export interface Node {
  /** Local name after its namespace, `{http://libvirt.org/schemas/domain/qemu/1.0}commandline`. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly content: readonly (Node | string)[];
}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly content: (Node | string)[];
}

const qualified = (uri: string, local: string): string => (uri === '' ? local : `{${uri}}${local}`);

/** @throws Error for what is no well-formed XML. */
export function parse(xml: string): Node {
  const parser = new SaxesParser({ xmlns: true });
  const top: Open = { name: '', attributes: new Map(), content: [] };
  const stack = [top];
  const put = (item: Node | string): void => void stack.at(-1)?.content.push(item);
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    const plain = Object.values(attributes).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns');
    const own = plain.map((one) => [qualified(one.uri, one.local), one.value] as const);
    const node: Open = { name: qualified(uri, local), attributes: new Map(own), content: [] };
    put(node);
    stack.push(node);
  });
  parser.on('closetag', () => void stack.pop());
  parser.on('text', put);
  parser.on('cdata', put);
  parser.write(xml).close();
  const root = top.content.find((item) => typeof item !== 'string');
  if (root === undefined) throw new Error('there is no element');
  return root;
}

export const elements = (node: Node): Node[] => node.content.filter((item) => typeof item !== 'string');

export const textOf = (node: Node): string => node.content.filter((item) => typeof item === 'string').join('');

/** Elements below a node that a path of names leads to, `devices/interface`. */
export const at = (node: Node, path: string): Node[] =>
  path
    .split('/')
    .reduce<Node[]>((found, name) => found.flatMap((one) => elements(one).filter((it) => it.name === name)), [node]);
