import type { ChainFile } from './files.ts';

/** What to do next with the files of a disk, so that only those stay which somebody needs. */
export type ChainStep =
  | { readonly type: 'remove'; readonly path: string }
  /** Everything in `from` goes down into the file that it is an overlay on, and what lies on `from` lies on that then. */
  | { readonly type: 'merge'; readonly from: string; readonly into: string; readonly above: readonly string[] };

export interface Chain {
  /** The volume first. */
  readonly files: readonly ChainFile[];
  /** The file that is written to. */
  readonly active: string;
  /** Files that hold a snapshot, or are about to. */
  readonly kept: ReadonlySet<string>;
}

/**
 * The next step; nothing when all is as it should be. A file that nobody needs goes if nothing lies on it. If one file does,
 * that one is merged into it. If more do, it stays until but one is left: to write into it would change the others.
 * Pure, and each step may be interrupted and planned again.
 */
export function planChain({ files, active, kept }: Chain): ChainStep | undefined {
  const above = (path: string) => files.filter(({ backing }) => backing === path).map((file) => file.path);
  const unneeded = files.filter(({ path }) => path !== active && !kept.has(path));
  for (const { path, backing } of unneeded) {
    const children = above(path);
    const [child] = children;
    if (child === undefined && backing !== undefined) return { type: 'remove', path };
    if (child !== undefined && children.length === 1) {
      return { type: 'merge', from: child, into: path, above: above(child) };
    }
  }
  return undefined;
}
