import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../scripts/build/manifest.ts';
import { commandReference } from '../../scripts/command-docs.ts';

const ROOT = join(import.meta.dirname, '../..');
const all = await manifest(ROOT, '0.0.0');

/** Commands, arguments and flags in one line each: what scripts of other people rely on. */
function summary(): string {
  const lines = Object.values(all.commands).map(({ id, args, flags, hidden }) => {
    const words = Object.values(args).map(({ name, required }) => (required ? name : `[${name}]`));
    const options = Object.values(flags).map(
      (flag) =>
        `${flag.char ? `-${flag.char},` : ''}--${flag.type === 'boolean' && flag.allowNo ? '[no-]' : ''}${flag.name}${flag.type === 'option' ? '=' : ''}${flag.required ? '!' : ''}`,
    );
    return [`${id}${hidden ? ' (hidden)' : ''}`, ...words, ...options.sort()].join(' ');
  });
  return `${lines.join('\n')}\n`;
}

describe('the commands', () => {
  it('are those of commands.txt: an accidental change of one breaks the scripts of others', async () => {
    await expect(summary()).toMatchFileSnapshot('./commands.txt');
  });

  it('are what the issue asks for', () => {
    const wanted =
      'up down status doctor create apply get describe edit delete start stop restart reset pause resume wait events logs console ' +
      'snapshot snapshot:create snapshot:list snapshot:revert snapshot:delete disk:create disk:list disk:resize disk:clone disk:attach disk:detach disk:eject disk:insert image:build image:catalog image:import image:list image:prune image:publish disk:adopt pool:create agent:ping agent:info agent:exec agent:set-password agent:ssh-keys agent:fsfreeze agent:fstrim cloudinit:show exec ' +
      'network:list pool:list import export showcmd completion version';
    expect(
      Object.keys(all.commands)
        .filter((id) => !id.startsWith('__'))
        .sort(),
    ).toEqual(wanted.split(' ').sort());
  });

  it('say in one sentence what they are for, and show how', () => {
    const silent = new Set(['doctor', 'status', 'version']);
    for (const { id, summary: text, examples, flags } of Object.values(all.commands)) {
      expect(text, id).toMatch(/^[A-Z].*[.?]/);
      if (!id.startsWith('__') && !silent.has(id)) expect(examples?.length, id).toBeGreaterThan(0);
      for (const flag of Object.values(flags)) expect(flag.description, `${id} --${flag.name}`).toMatch(/\.$/);
    }
  });

  it("never take an argument from standard input behind one's back", () => {
    for (const { id, args } of Object.values(all.commands)) {
      for (const arg of Object.values(args) as { name: string; ignoreStdin?: boolean }[])
        expect(arg.ignoreStdin, `${id} ${arg.name}`).not.toBe(false);
    }
  });

  it('are in the reference', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/commands.md'), 'utf8');
    expect(page).toBe(commandReference(all));
    expect(page).not.toContain('__complete');
  });
});
