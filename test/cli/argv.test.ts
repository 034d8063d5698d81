import { describe, expect, it } from 'vitest';
import { commandFirst, distance, nearest } from '../../cli/argv.ts';

describe('flags before the command', () => {
  it.each([
    [
      ['-n', 'web', 'get', 'vm'],
      ['get', 'vm', '-n', 'web'],
    ],
    [
      ['--context=a', 'get', 'vm'],
      ['get', 'vm', '--context=a'],
    ],
    [
      ['-A', 'get', 'vm'],
      ['get', 'vm', '-A'],
    ],
    [
      ['get', 'vm', '-n', 'web'],
      ['get', 'vm', '-n', 'web'],
    ],
    [
      ['-n', 'a', '__complete', '--', 'get', ''],
      ['__complete', '-n', 'a', '--', 'get', ''],
    ],
    [['--help'], ['--help']],
    [[], []],
  ])('%j is %j', (typed, expected) => {
    expect(commandFirst(typed)).toEqual(expected);
  });
});

describe('suggestions', () => {
  const known = ['get', 'start', 'status', 'snapshot', 'stop', 'describe'];

  it.each([
    ['gte', 'get'],
    ['strat', 'start'],
    ['snapshto', 'snapshot'],
    ['desc', 'describe'],
    ['ls', 'get'],
  ])('%s means %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it('says nothing where nothing is near', () => {
    expect(nearest('frobnicate', known)).toBeUndefined();
  });

  it('counts a swap of neighbours as one edit', () => {
    expect([
      distance('gte', 'get'),
      distance('get', 'get'),
      distance('', 'abc'),
      distance('kitten', 'sitting'),
    ]).toEqual([1, 0, 3, 3]);
  });
});
