import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { candidates, type Sources } from '../../cli/completion/candidates.ts';
import { readWords } from '../../cli/completion/words.ts';
import { manifest } from '../../scripts/build/manifest.ts';

const { commands } = await manifest(join(import.meta.dirname, '../..'), '');

const sources: Sources = {
  names: async (resource, { values }) => [`${resource}-1`, `${resource}-${values['namespace'] ?? 'default'}`],
  contexts: async () => ['work', 'vmctl'],
  resources: () => ['virtualmachines', 'vm', 'disks'],
};

const complete = async (...words: string[]): Promise<string[] | 'files'> => {
  const found = await candidates(words, commands, sources);
  return found === 'files' ? found : found.map(([word]) => word);
};

describe('completion', () => {
  it('offers commands, and not the hidden one', async () => {
    expect(await complete('st')).toEqual(['start', 'status', 'stop']);
    expect(await complete('_')).toEqual([]);
    expect(await complete('disk', 'e')).toEqual(['eject']);
  });

  it('offers what a command goes on with beside its arguments', async () => {
    expect(await complete('snapshot', '')).toEqual([
      ...['vm-1', 'vm-default'],
      ...['clone', 'create', 'delete', 'export', 'list', 'revert', 'schedule'],
    ]);
    expect(await complete('snapshot', 'revert', '')).toEqual(['vmsn-1', 'vmsn-default']);
    expect(await complete('snapshot', 'web', '')).toEqual([]);
  });

  it('offers resources and the names of their objects', async () => {
    expect(await complete('get', 'v')).toEqual(['virtualmachines', 'vm']);
    expect(await complete('get', 'vm', '')).toEqual(['vm-1', 'vm-default']);
    expect(await complete('describe', 'vm', 'a', 'vm-1')).toEqual(['vm-1']);
    expect(await complete('delete', 'disks/d')).toEqual(['disks/disks-1', 'disks/disks-default']);
    expect(await complete('start', 'a', '')).toEqual(['vm-1', 'vm-default']);
  });

  it('asks in the namespace that was typed', async () => {
    expect(await complete('-n', 'team', 'get', 'vm', '')).toContain('vm-team');
    expect(await complete('get', 'vm', '--namespace=team', '')).toContain('vm-team');
    expect(await complete('get', 'vm', '--namespace', '=', 'team', '')).toContain('vm-team');
  });

  it('offers flags and their values', async () => {
    expect(await complete('stop', '--f')).toEqual(['--force']);
    expect(await complete('get', 'vm', '-o', 'j')).toEqual(['json']);
    expect(await complete('get', 'vm', '--output=j')).toEqual(['--output=json']);
    expect(await complete('get', 'vm', '--output', '=', 'j')).toEqual(['json']);
    expect(await complete('get', '--context', 'w')).toEqual(['work']);
    expect(await complete('create', 'x', '--image', '')).toEqual(['images-1', 'images-default']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('leaves files to the shell', async () => {
    expect(await complete('apply', '-f', '')).toBe('files');
    expect(await complete('import', '')).toBe('files');
  });

  it('reads odd words without falling over', () => {
    expect(readWords([], commands)).toMatchObject({ id: undefined, current: '', positional: [] });
    expect(readWords(['=', '--', '='], commands).current).toBeDefined();
    expect(readWords(['--nope', 'x', ''], commands).positional).toEqual(['x']);
  });
});
