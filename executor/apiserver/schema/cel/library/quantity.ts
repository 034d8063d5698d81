import type { Environment } from '@marcbachmann/cel-js';
import { parseQuantity, Quantity } from '../../quantity.ts';

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (!parsed) {
    throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return parsed;
}

/** Kubernetes' quantity library. */
export function registerQuantity(env: Environment): void {
  env.registerType('Quantity', Quantity);
  env.registerFunction('quantity(string): Quantity', quantity);
  env.registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined);
  env.registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) => BigInt(a.compareTo(b)));
  env.registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.compareTo(b) < 0);
  env.registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => a.compareTo(b) > 0);
  env.registerFunction('Quantity.sign(): int', (a: Quantity) => BigInt(a.sign()));
  env.registerFunction('sign(Quantity): int', (a: Quantity) => BigInt(a.sign()));
  env.registerFunction('Quantity.isInteger(): bool', (a: Quantity) => a.asInteger() !== undefined);
  env.registerFunction('Quantity.asInteger(): int', asInteger);
  env.registerFunction('Quantity.asApproximateFloat(): double', (a: Quantity) => a.asNumber());
  env.registerFunction('Quantity.add(Quantity): Quantity', (a: Quantity, b: Quantity) => a.add(b));
  env.registerFunction('Quantity.add(int): Quantity', (a: Quantity, b: bigint) => a.add(Quantity.of(b)));
  env.registerFunction('Quantity.sub(Quantity): Quantity', (a: Quantity, b: Quantity) => a.add(b.negated()));
  env.registerFunction('Quantity.sub(int): Quantity', (a: Quantity, b: bigint) => a.add(Quantity.of(-b)));
  env.registerOperator('Quantity == Quantity', (a: Quantity, b: Quantity) => a.compareTo(b) === 0);
}

function asInteger(value: Quantity): bigint {
  const integer = value.asInteger();
  if (integer === undefined) throw new Error('cannot convert value to integer');
  return integer;
}
