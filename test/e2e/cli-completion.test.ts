import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
};

describe('completion', () => {
  let person: CliHome;
  beforeAll(async () => {
    person = await cliHome();
    await person.up();
    await person.ok('create', 'web', '--disk-size', '1Mi', '--no-start');
    await person.ok('create', 'worker', '--disk-size', '1Mi', '--no-start');
    await person.run('kubectl', ['create', 'namespace', 'team']);
    await mkdir(join(person.folder, 'work'));
    await writeFile(join(person.folder, 'work/machine.yaml'), '');
  });
  afterAll(() => person[Symbol.asyncDispose]());

  const shell = async (program: string, script: string): Promise<string[]> => {
    const PATH = `${join(VMCTL, '..')}:${process.env['PATH']}`;
    const flags = { bash: ['--norc', '-c'], zsh: ['-fc'], fish: ['-c'] }[program] ?? ['-c'];
    const { code, stdout, stderr } = await person.run(program, [...flags, script], { env: { PATH } });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };

  const bash = (...words: string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return shell(
      'bash',
      `source <(vmctl completion bash); COMP_WORDS=(vmctl ${quoted}); COMP_CWORD=${words.length}; _vmctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  };

  describe('in bash', () => {
    it.each([
      [['sna'], ['snapshot']],
      [['snapshot', 're'], ['revert']],
      [
        ['start', ''],
        ['web', 'worker'],
      ],
      [['get', 'vm', 'wo'], ['worker']],
      [['delete', 'vm/we'], ['vm/web']],
      [['-n', 'te'], ['team']],
      [['get', 'vm', '--output', '=', 'j'], ['json']],
      [['-n', 'team', 'start', ''], []],
      [['apply', '-f', ''], []],
    ])('%j', async (words, expected) => {
      expect(await bash(...words)).toEqual(expected);
    });

    it('is what the tab key does', async () => {
      const steps = [
        ['expect', 'bash-'],
        ['send', 'source <(vmctl completion bash); cd work\n'],
        ['expect', 'bash-'],
        ['send', 'vmctl get vm wo\t'],
        ['expect', 'vm worker'],
        ['send', '-o name\n'],
        ['expect', 'dev/worker'],
        ['send', 'vmctl apply -f mach\t'],
        ['expect', '-f machine.yaml'],
        ['send', '\u0015exit\n'],
      ];
      const env = { PATH: `${join(VMCTL, '..')}:${process.env['PATH']}`, TERM: 'dumb' };
      const { stdout } = await person.run(
        'python3',
        [
          join(import.meta.dirname, 'terminal.py'),
          JSON.stringify(steps),
          'bash',
          '--norc',
          '-c',
          `cd ${person.folder}; exec bash --norc -i`,
        ],
        { env },
      );
      const { output } = JSON.parse(stdout) as { output: string };
      expect(output).toContain('virtualmachine.vmctl.dev/worker');
      expect(output).toContain('vmctl apply -f machine.yaml');
    });
  });

  it.runIf(has('fish'))('in fish', async () => {
    expect(await shell('fish', `vmctl completion fish | source; complete -C 'vmctl get vm wo'`)).toEqual(['worker']);
    expect(await shell('fish', `vmctl completion fish | source; complete -C 'vmctl snapsho'`)).toEqual([
      expect.stringMatching(/^snapshot\tTake a snapshot/),
    ]);
    expect(
      await shell(
        'fish',
        `cd ${person.folder}/work; vmctl completion fish | source; complete -C 'vmctl apply -f mach'`,
      ),
    ).toEqual(['machine.yaml']);
  });

  it.runIf(has('zsh'))('in zsh', async () => {
    const script = `autoload -Uz compinit; compinit -u -d ${person.folder}/dump; source <(vmctl completion zsh); print $_comps[vmctl]
      _describe() { print -l -- "\${(@)candidates}" }
      words=(vmctl get vm wo); CURRENT=4; _vmctl`;
    expect(await shell('zsh', script)).toEqual(['_vmctl', 'worker:']);
  });

  it('is written for shells that there are', async () => {
    const { code, stderr } = await person.vmctl('completion', 'tcsh');
    expect([code, stderr]).toEqual([2, expect.stringContaining('bash, zsh, fish')]);
  });
});
