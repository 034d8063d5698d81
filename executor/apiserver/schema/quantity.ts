/** Quantities are kept in nanos, the finest that Kubernetes keeps. */
const NANO_DIGITS = 9;
const NANO = 10n ** BigInt(NANO_DIGITS);
const MAX_INT = 2n ** 63n - 1n;

/** Digits may be absent altogether, as Go's parser has it: then it is zero. */
const PATTERN = /^(?!$)([+-]?)(\d*\.?\d*)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** A resource.Quantity, exact to the nano. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  static of(integer: bigint): Quantity {
    return new Quantity(integer * NANO);
  }

  compareTo(other: Quantity): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  sign(): number {
    return this.compareTo(new Quantity(0n));
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos);
  }

  negated(): Quantity {
    return new Quantity(-this.nanos);
  }

  /** The value, where it is a whole number of 64 bits. */
  asInteger(): bigint | undefined {
    const integer = this.nanos / NANO;
    const whole = this.nanos % NANO === 0n;
    return whole && integer <= MAX_INT && integer >= -MAX_INT ? integer : undefined;
  }

  asNumber(): number {
    return Number(this.nanos) / Number(NANO);
  }
}

/** Reads `20Gi`, `500m`, `1e3`; undefined for what is no quantity. What is finer than a nano is rounded up. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa = BigInt(`${whole}${fraction}` || '0');
  const magnitude = scale(mantissa * multiplier(suffix), exponent(suffix) - fraction.length + NANO_DIGITS);
  return new Quantity(sign === '-' ? -magnitude : magnitude);
}

function multiplier(suffix: string): bigint {
  const power = BINARY.indexOf(suffix) + 1;
  return 1024n ** BigInt(power);
}

function exponent(suffix: string): number {
  if (/^[eE][+-]?\d/.test(suffix)) return Math.max(-100, Math.min(100, Number(suffix.slice(1))));
  return DECIMAL[suffix] ?? 0;
}

function scale(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (value + divisor - 1n) / divisor;
}
