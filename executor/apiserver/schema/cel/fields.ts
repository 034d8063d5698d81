import type { JsonSchema } from '../../types.ts';
import { childrenOf, type Node } from './ast.ts';
import { escapeName } from './escape.ts';

/** What is known of a value: its schema, or nothing. */
type Known = JsonSchema | undefined;
type Scope = ReadonlyMap<string, Known>;

interface Stray {
  at: number;
  name: string;
}

const MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const STRING: JsonSchema = { type: 'string' };
const NAMES: JsonSchema = { type: 'object', properties: { name: STRING, generateName: STRING } };

/** The first field that an expression selects and the schema does not have. */
export function undefinedField(node: Node, schema: JsonSchema, isRoot: boolean): Stray | undefined {
  const self = isRoot ? withHead(schema) : schema;
  const walk = new Walk();
  walk.infer(
    node,
    new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
  );
  return walk.stray;
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
  stray: Stray | undefined;

  /** What is known of the value of an expression. */
  infer(node: Node, scope: Scope): Known {
    if (node.op === 'id') return scope.get(node.args);
    if (node.op === '.' || node.op === '.?') return this.select(node, this.infer(node.args[0], scope), node.args[1]);
    if (node.op === '[]' || node.op === '[?]') {
      this.infer(node.args[1], scope);
      return element(this.infer(node.args[0], scope));
    }
    if (node.op === 'rcall') return this.call(node.args, scope);
    for (const child of childrenOf(node)) this.infer(child, scope);
    return undefined;
  }

  select(node: Node, on: Known, name: string): Known {
    if (!on || on.type !== 'object' || !on.properties) return mapValue(on);
    const property = Object.entries(on.properties).find(([key]) => escapeName(key) === name);
    if (!property) this.stray ??= { at: node.range.end - name.length - 1, name };
    return property?.[1];
  }

  call([name, receiver, args]: [string, Node, Node[]], scope: Scope): Known {
    const on = this.infer(receiver, scope);
    const [variable, ...bodies] = args;
    if (!MACROS.has(name) || variable?.op !== 'id') {
      for (const arg of args) this.infer(arg, scope);
      return undefined;
    }
    const inner = new Map(scope).set(variable.args, on?.type === 'array' ? on.items : STRING);
    const known = bodies.map((body) => this.infer(body, inner));
    if (name === 'filter') return on;
    return name === 'map' && known.at(-1) ? { type: 'array', items: known.at(-1) ?? {} } : undefined;
  }
}

function element(of: Known): Known {
  return of?.type === 'array' ? of.items : mapValue(of);
}

function mapValue(of: Known): Known {
  return typeof of?.additionalProperties === 'object' ? of.additionalProperties : undefined;
}
