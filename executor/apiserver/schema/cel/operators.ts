import type { JsonSchema } from '../../types.ts';
import type { Node } from './ast.ts';

/** What is wrong with an expression: where in its text, and in which words. */
export interface Problem {
  at: number;
  text: string;
}

const TYPES: Record<string, string> = {
  string: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  null: 'null',
};
const NUMBERS = new Set(['int', 'double']);

/** CEL's name for the type of a value of this schema; undefined where it is not one of the plain ones. */
export function celType(schema: JsonSchema): string | undefined {
  if (schema['x-kubernetes-int-or-string'] || schema.nullable || schema.type === undefined) return undefined;
  if (schema.type === 'string' && schema.format !== undefined) return undefined;
  return TYPES[schema.type] ?? (schema.type === 'array' ? 'list' : 'map');
}

/** Two operands that cannot be compared; numbers can be ordered whatever their type, but are equal to their own only. */
export function operatorProblem(node: Node, operands: (JsonSchema | undefined)[]): Problem | undefined {
  const [left, right] = operands.map((schema) => schema && celType(schema));
  if (left === undefined || right === undefined || left === right) return undefined;
  const isOrder = node.op !== '==' && node.op !== '!=';
  if (isOrder && NUMBERS.has(left) && NUMBERS.has(right)) return undefined;
  return { at: positionOf(node), text: noOverload(node.op, left, right) };
}

export function noOverload(operator: string, left: string, right: string): string {
  return `found no matching overload for '_${operator}_' applied to '(${left}, ${right})'`;
}

/** Where cel-go reports an error of a node: at the operator, which stands between the operands. */
export function positionOf(node: Node): number {
  const [left] = Array.isArray(node.args) ? node.args : [];
  if (typeof left !== 'object' || left === null || !('range' in left)) return node.range.start;
  const at = node.input.indexOf(node.op, left.range.end);
  return at < 0 ? node.range.start : at;
}
