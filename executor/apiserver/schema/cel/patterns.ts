import type { ParseResult } from '@marcbachmann/cel-js';
import { goRegExp } from '../regexp.ts';
import { childrenOf, type Node } from './ast.ts';

/** The CEL library matches by JavaScript's rules; patterns that are written out are translated from Go's. */
export function withPatterns(parsed: ParseResult): ParseResult {
  translate(parsed.ast);
  return parsed;
}

function translate(node: Node): void {
  for (const child of childrenOf(node)) translate(child);
  if (node.op !== 'rcall' || node.args[0] !== 'matches') return;
  const [pattern] = node.args[2];
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
  const { source, flags } = goRegExp(pattern.args);
  const local = flags.replace('u', '');
  Object.assign(pattern, { args: local === '' ? source : `(?${local}:${source})` });
}
