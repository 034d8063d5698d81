import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
      'agent:exec agent:fsfreeze agent:fstrim agent:info agent:ping agent:set-password agent:ssh-keys apply ' +
      'backup backup:create cloudinit:show completion console create delete describe disk:adopt disk:attach ' +
      'disk:clone disk:create disk:detach disk:eject disk:insert disk:list disk:resize doctor down edit events ' +
      'exec export get image:build image:catalog image:import image:list image:prune image:publish import logs ' +
      'network:attach network:detach network:list network:set node:add node:cordon node:drain node:fence node:list ' +
      'node:remove node:uncordon node:unfence pause pool:create pool:list port-forward reset ' +
      'restart restore resume scp screenshot sendkey showcmd snapshot snapshot:clone snapshot:create ' +
      'snapshot:delete snapshot:export snapshot:list snapshot:revert snapshot:schedule ssh ssh-config start ' +
      'status stop top up version vnc wait';
    expect(
      Object.keys(all.commands)
        .filter((id) => !id.startsWith('__'))
        .sort(),
    ).toEqual(wanted.split(' ').sort());
  });

  it('have no topics in the help but those below which commands stand', async () => {
    const { stdout } = await promisify(execFile)(join(ROOT, 'bin/vmctl'), ['--help']);
    const [, topics = ''] = /^TOPICS\n([\s\S]*?)\n\n/m.exec(stdout) ?? [];
    const names = [...topics.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name);
    const wanted = Object.keys(all.commands).flatMap((id) => (id.includes(':') ? [id.split(':')[0]] : []));
    expect(names.sort()).toEqual([...new Set(wanted)].sort());
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
