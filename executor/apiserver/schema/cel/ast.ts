import type { ParseResult } from '@marcbachmann/cel-js';

export type Node = ParseResult['ast'];

/** The nodes directly under one. */
export function childrenOf(node: Node): Node[] {
  if (node.op === 'value') return [];
  return nodesIn(node.args);
}

function nodesIn(args: unknown): Node[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Whether an identifier occurs anywhere in the expression. */
export function mentions(node: Node, name: string): boolean {
  return (node.op === 'id' && node.args === name) || childrenOf(node).some((child) => mentions(child, name));
}
