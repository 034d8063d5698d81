import type { JsonSchema } from '../../types.ts';
import { childrenOf, type Node } from './ast.ts';
import { escapeName } from './escape.ts';
import { celType, operatorProblem, type Problem } from './operators.ts';

/** What is known of a value: its schema, or nothing. */
export type Known = JsonSchema | undefined;
type Scope = ReadonlyMap<string, Known>;

export interface Inference {
  /** The first thing that is wrong, going by the schema. */
  problem: Problem | undefined;
  /** CEL's name for the type of the expression, where it is known. */
  type: string | undefined;
}

const PREDICATES = new Set(['all', 'exists', 'exists_one']);
const MACROS = new Set([...PREDICATES, 'map', 'filter']);
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
const LOGIC = new Set(['&&', '||', '!_', 'in']);

const STRING: JsonSchema = { type: 'string' };
const BOOLEAN: JsonSchema = { type: 'boolean' };
const NAMES: JsonSchema = { type: 'object', properties: { name: STRING, generateName: STRING } };
const LITERALS: Record<string, JsonSchema> = {
  string: STRING,
  boolean: BOOLEAN,
  bigint: { type: 'integer' },
  number: { type: 'number' },
  object: { type: 'null' },
};

/**
 * Checks an expression by the schema of `self`, which the CEL library does not know: that the fields are there, and
 * that what is compared is of one type.
 */
export function inferTypes(node: Node, schema: JsonSchema, isRoot: boolean, optionalOldSelf: boolean): Inference {
  const self = isRoot ? withHead(schema) : schema;
  const walk = new Walk();
  const known = walk.infer(
    node,
    new Map([
      ['self', self],
      ['oldSelf', optionalOldSelf ? undefined : self],
    ]),
  );
  return { problem: walk.problem, type: known && celType(known) };
}

/** Of the root, a rule sees apiVersion, kind and the names in metadata. */
function withHead(schema: JsonSchema): JsonSchema {
  return {
    ...schema,
    type: 'object',
    properties: { ...schema.properties, apiVersion: STRING, kind: STRING, metadata: NAMES },
  };
}

class Walk {
  problem: Problem | undefined;

  /** What is known of the value of an expression. */
  infer(node: Node, scope: Scope): Known {
    if (node.op === 'id') return scope.get(node.args);
    if (node.op === 'value') return node.args instanceof Uint8Array ? undefined : LITERALS[typeof node.args];
    if (node.op === '.') return this.select(node, this.infer(node.args[0], scope), node.args[1]);
    if (node.op === '.?' || node.op === '[?]') return this.optional(node, scope);
    if (node.op === '[]') {
      this.infer(node.args[1], scope);
      return element(this.infer(node.args[0], scope));
    }
    if (node.op === 'rcall') return this.call(node.args, scope);
    return this.operator(node, scope);
  }

  operator(node: Node, scope: Scope): Known {
    const known = childrenOf(node).map((child) => this.infer(child, scope));
    if (COMPARISONS.has(node.op)) this.problem ??= operatorProblem(node, known);
    if (node.op === 'call' && node.args[0] === 'has') return BOOLEAN;
    if (node.op === '?:') return known[1] && known[2] && celType(known[1]) === celType(known[2]) ? known[1] : undefined;
    return COMPARISONS.has(node.op) || LOGIC.has(node.op) ? BOOLEAN : undefined;
  }

  /** Optional selection has a type that schemas have no word for. */
  optional(node: Node, scope: Scope): Known {
    for (const child of childrenOf(node)) this.infer(child, scope);
    return undefined;
  }

  select(node: Node, on: Known, name: string): Known {
    if (on?.type !== 'object' || on.additionalProperties !== undefined) return mapValue(on);
    const property = Object.entries(on.properties ?? {}).find(([key]) => escapeName(key) === name);
    if (!property) this.problem ??= { at: node.range.end - name.length - 1, text: `undefined field '${name}'` };
    return property?.[1];
  }

  call([name, receiver, args]: [string, Node, Node[]], scope: Scope): Known {
    const on = this.infer(receiver, scope);
    const [variable, ...bodies] = args;
    if (!MACROS.has(name) || variable?.op !== 'id') {
      for (const arg of args) this.infer(arg, scope);
      return undefined;
    }
    const inner = new Map(scope).set(variable.args, on && (on.type === 'array' ? on.items : STRING));
    const known = bodies.map((body) => this.infer(body, inner));
    if (name === 'filter') return on;
    const last = known.at(-1);
    return PREDICATES.has(name) ? BOOLEAN : last && { type: 'array', items: last };
  }
}

function element(of: Known): Known {
  return of?.type === 'array' ? of.items : mapValue(of);
}

function mapValue(of: Known): Known {
  return typeof of?.additionalProperties === 'object' ? of.additionalProperties : undefined;
}
