import { describe, expect, it } from 'vitest';
import { makeLazy } from '../../scripts/build/lazy-requires.ts';

function run(source: string, modules: Record<string, unknown>): { exports: Record<string, unknown>; loaded: string[] } {
  const loaded: string[] = [];
  const exports = {};
  const require = (name: string) => {
    loaded.push(name);
    return modules[name];
  };
  new Function('exports', 'require', '__importDefault', source)(exports, require, (it: object) => ({ default: it }));
  return { exports, loaded };
}

const SOURCE = `"use strict";
const a_1 = require("./a");
const b_1 = __importDefault(require("b"));
const a_11 = require("./c");
exports.a_1 = (x) => (0, a_1.f)(x);
exports.make = () => new b_1.default(1);
exports.c = () => a_11.c;
`;

class B {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
}

describe('lazy modules', () => {
  it('load nothing until it is used, and then once', () => {
    const { exports, loaded } = run(makeLazy(SOURCE), { './a': { f: (x: string) => `f${x}` }, b: B, './c': { c: 3 } });
    expect(loaded).toEqual([]);
    const { a_1, make, c } = exports as { a_1: (x: string) => string; make: () => B; c: () => number };
    expect(a_1('x')).toBe('fx');
    expect(a_1('y')).toBe('fy');
    expect(loaded).toEqual(['./a']);
    expect(make().n).toBe(1);
    expect(c()).toBe(3);
    expect(loaded).toEqual(['./a', 'b', './c']);
  });
});
