export interface TreeFile {
  /** With / between folders. */
  readonly path: string;
  readonly content: Buffer;
}

/** A folder, or a file where it has content. */
export interface Node {
  readonly name: string;
  readonly parent: Node | undefined;
  readonly children: Node[];
  readonly content: Buffer | undefined;
}

/** Files by their folders. */
export function treeOf(files: readonly TreeFile[]): Node {
  const root: Node = { name: '', parent: undefined, children: [], content: undefined };
  for (const { path, content } of files) {
    const names = path.split('/');
    const name = names.pop() ?? path;
    const parent = names.reduce(enter, root);
    parent.children.push({ name, parent, children: [], content });
  }
  return root;
}

function enter(folder: Node, name: string): Node {
  const there = folder.children.find((child) => child.name === name);
  if (there) return there;
  const made: Node = { name, parent: folder, children: [], content: undefined };
  folder.children.push(made);
  return made;
}
