import { describe, expect, it } from 'vitest';
import { EXIT, errorText, Failure, tell, usage } from '../../cli/errors.ts';
import { ApiError, ConnectionError } from '../../schemas/client/errors.ts';

const api = (code: number, reason: string): ApiError =>
  new ApiError(code, { code, reason, message: `it is ${reason}` });

describe('exit codes', () => {
  it('are those of the documentation', () => {
    expect(EXIT).toEqual({ done: 0, failed: 1, usage: 2, notFound: 3, timedOut: 4, refused: 5 });
  });

  it.each([
    [usage('no'), 2],
    [new Failure('timedOut', 'late'), 4],
    [api(404, 'NotFound'), 3],
    [api(409, 'Conflict'), 5],
    [api(422, 'Invalid'), 5],
    [api(403, 'Forbidden'), 5],
    [api(500, 'InternalError'), 5],
    [new ConnectionError('nobody'), 1],
    [new TypeError('bug'), 1],
    [Object.assign(new Error('Nonexistent flag: --x\nSee more help with --help'), { oclif: { exit: 2 } }), 2],
    ['text', 1],
  ])('%s ends with %i', (error, code) => {
    expect(tell(error).code).toBe(code);
  });
});

describe('what is said', () => {
  it('names what was wrong and what to do next', () => {
    expect(errorText(tell(usage('no machine', 'name one')), false)).toBe('vmctl: no machine\n  name one\n');
    expect(errorText(tell(new ConnectionError('cannot reach the API')), false)).toContain('vmctl up');
    expect(errorText(tell(api(409, 'Conflict')), false)).toContain('try again');
  });

  it('does not repeat what oclif says about help', () => {
    const error = Object.assign(new Error('Unexpected argument: x\nSee more help with --help'), { oclif: { exit: 2 } });
    expect(errorText(tell(error), false)).toBe('vmctl: Unexpected argument: x\n  add --help to see what it takes\n');
  });

  it('is an object for programs, with the causes of the server', () => {
    const error = new ApiError(422, {
      code: 422,
      reason: 'Invalid',
      message: 'bad',
      details: { causes: [{ field: 'spec.cpu', message: 'no' }] },
    });
    expect(JSON.parse(errorText(tell(error), true))).toEqual({
      error: { code: 5, reason: 'Invalid', message: 'bad', causes: [{ field: 'spec.cpu', message: 'no' }] },
    });
  });
});
