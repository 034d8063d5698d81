import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, QUICK, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

const TERMINAL = join(import.meta.dirname, 'terminal.py');
const LEAVE = '\u001d';

type Step = readonly ['expect' | 'send' | 'mark', string] | readonly ['wait', number];

interface Seen {
  readonly code: number;
  readonly output: string;
  /** Whether the terminal was left in line mode. */
  readonly cooked: boolean;
}

describe('vmctl on a terminal', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    await person.ok('image', 'import', await person.guestImage(), '--name', 'guest', '--format', 'raw');
    await person.ok('create', 'web', ...QUICK, '--wait');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const terminal = async (steps: readonly Step[], ...args: readonly string[]): Promise<Seen> => {
    const env = { TERM: 'xterm-256color' };
    const { stdout, stderr } = await person.run('python3', [TERMINAL, JSON.stringify(steps), VMCTL, ...args], { env });
    try {
      return JSON.parse(stdout) as Seen;
    } catch {
      throw new Error(stderr);
    }
  };

  /** A console that shows what the guest says, until somebody else ends it. */
  const connected = async (name: string): Promise<{ end: Promise<Seen> }> => {
    const mark = join(person.folder, name);
    const end = terminal(
      [
        ['expect', 'T 0'],
        ['mark', mark],
      ],
      'console',
      'web',
      // Whoever had it before may not have left yet.
      '--force',
    );
    await until(() => existsSync(mark), { limitMs: 60_000, what: () => 'a console that is connected' });
    return { end };
  };

  describe('console', () => {
    it('shows what the guest says, and leaves the terminal as it was at Ctrl-]', async () => {
      const seen = await terminal(
        [
          ['expect', 'Ctrl-] leaves'],
          ['expect', 'T 0'],
          ['expect', 'T 0'],
          ['expect', 'T 0'],
          ['expect', 'T 0'],
          ['send', LEAVE],
        ],
        'console',
        'web',
      );
      expect(seen.output).toMatch(/^connected to web; Ctrl-\] leaves\r\n/);
      expect(seen.output.match(/T \d{8}\r?\n/g)?.length).toBeGreaterThan(2);
      expect([seen.code, seen.cooked]).toEqual([0, true]);
    });

    it('is for one person at a time, unless it is taken over', async () => {
      const first = await connected('first');
      const second = await person.vmctl('console', 'web');
      expect([second.code, second.stderr]).toEqual([5, expect.stringContaining('--force')]);
      const third = await terminal(
        [
          ['expect', 'T 0'],
          ['send', LEAVE],
        ],
        'console',
        'web',
        '--force',
      );
      expect(third.code).toBe(0);
      expect(await first.end).toMatchObject({
        code: 5,
        cooked: true,
        output: expect.stringContaining('has taken the console of web over'),
      });
    });

    it('leaves the terminal as it was when it is killed, and when the machine stops', async () => {
      const stopping = await connected('stopping');
      await person.ok('stop', 'web', '--force', '--wait');
      expect(await stopping.end).toMatchObject({
        code: 0,
        cooked: true,
        output: expect.stringContaining('the console of web has ended'),
      });
      const stopped = await person.vmctl('console', 'web');
      expect([stopped.code, stopped.stderr]).toEqual([5, expect.stringContaining('does not run')]);
      expect((await person.vmctl('console', 'nope')).code).toBe(3);
    });
  });

  it('shows progress in place', async () => {
    const seen = await terminal([], 'start', 'web', '--wait');
    expect(seen.code).toBe(0);
    expect(seen.output).toMatch(/✓.*web.*Running/s);
    const plain = await person.vmctl('stop', 'web', '--wait');
    expect(plain.stderr).not.toMatch(/\u001b/);
  });

  it('asks before it removes everything', async () => {
    const seen = await terminal(
      [
        ['expect', '[y/N]'],
        ['send', 'n\n'],
      ],
      'down',
      '--purge',
    );
    expect([seen.code, seen.output]).toEqual([1, expect.stringContaining('nothing was removed')]);
    expect(await person.ok('status')).toContain('runs (process');
  });
});
