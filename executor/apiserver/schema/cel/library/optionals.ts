import { type Environment, Optional } from '@marcbachmann/cel-js';
import type { Node } from '../ast.ts';
import { equalValues } from './compare.ts';

/** The parts of the CEL library's checker, evaluator and context that a macro needs. */
interface Context {
  forkWithVariable(name: string, type: unknown): Context;
  reuse(context: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: Node, context: Context): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Macro {
  receiver: Node;
  name: string;
  body: Node;
  inner?: Context;
}

type Wrap = (value: unknown) => unknown;

/** cel-go's macros and functions of optionals that the library lacks: optMap, optFlatMap, ofNonZeroValue, equality. */
export function registerOptionals(env: Environment): void {
  env.registerFunction(
    'optional.optMap(ast, ast): optional<dyn>',
    macro((value) => Optional.of(value)),
  );
  env.registerFunction(
    'optional.optFlatMap(ast, ast): optional<dyn>',
    macro((value) => value),
  );
  env.registerFunction('OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>', (_: unknown, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  );
  env.registerOperator('optional<dyn> == optional<dyn>', equalOptionals);
}

function macro(wrap: Wrap) {
  return ({ receiver, args: [variable, body] }: { receiver: Node; args: Node[] }): object => ({
    receiver,
    name: variable?.op === 'id' ? variable.args : '',
    body,
    async: false,
    typeCheck,
    evaluate: (evaluator: Evaluator, { receiver: on, body: then, inner }: Macro, context: Context) => {
      const optional = evaluator.run(on, context) as Optional;
      if (!optional.hasValue() || !inner) return Optional.none();
      return wrap(evaluator.run(then, inner.reuse(context).setIterValue(optional.value(), evaluator)));
    },
  });
}

function typeCheck(checker: Checker, made: Macro, context: Context): unknown {
  checker.check(made.receiver, context);
  made.inner = context.forkWithVariable(made.name, checker.getType('dyn'));
  checker.check(made.body, made.inner);
  return checker.getType('optional');
}

function isZero(value: unknown): boolean {
  if (value instanceof Map) return value.size === 0;
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === false || value === '' || value === 0 || value === 0n;
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (!a.hasValue() || !b.hasValue()) return a.hasValue() === b.hasValue();
  return equalValues(a.value(), b.value());
}
