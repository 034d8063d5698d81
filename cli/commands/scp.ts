import { boolean } from '@oclif/core/flags';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import type { CopyOptions } from '../ssh/copy.ts';
import { credentialsOf, sshFlags } from '../ssh/options.ts';
import { type Login, type Place, parsePlace } from '../ssh/target.ts';
import { openProgress, type Progress } from '../wait/progress.ts';

type Remote = Place & { readonly login: Login };
const isRemote = (place: Place): place is Remote => place.login !== undefined;

export default class Scp extends ApiCommand {
  static override summary = 'Copy files to a machine or from it, by SSH through the API.';
  static override examples = [
    '<%= config.bin %> scp ./site.tar root@web:/srv/',
    '<%= config.bin %> scp -r web:/var/log/nginx ./logs',
  ];
  static override args = { places: listArg('SOURCE… TARGET; those on a machine are written [USER@]MACHINE:PATH') };
  static override strict = false;
  static override flags = {
    ...sshFlags,
    recursive: boolean({ char: 'r', description: 'Copy folders with all that is in them.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Scp);
    const places = (args.places ?? []).map(parsePlace);
    const [target, sources] = [places.at(-1), places.slice(0, -1)];
    if (!target || sources.length === 0) throw usage('a copy has a source and a target', 'see: vmctl scp --help');
    const login = this.machineOf(sources, target);
    const session = await this.connect(flags);
    const { openSsh } = await import('../ssh/connect.ts');
    const { download, openSftp, upload } = await import('../ssh/copy.ts');
    const note = (text: string) => this.note(text);
    const where = { ...credentialsOf(flags, login.user), machine: login.machine, port: flags.port, note };
    using ssh = await openSsh(session, where);
    const sftp = await openSftp(ssh);
    const progress = await openProgress();
    const options = { recursive: flags.recursive, progress: show(progress) };
    const copy = isRemote(target) ? upload : download;
    try {
      for (const source of sources) await copy(sftp, source.path, target.path, options);
    } finally {
      await progress.close();
    }
  }

  /** All that is remote is on one machine, and on one side. */
  private machineOf(sources: readonly Place[], target: Place): Login {
    const remote = isRemote(target) ? [target] : sources.filter(isRemote);
    const [first] = remote;
    const local = isRemote(target) ? sources.every((place) => !isRemote(place)) : remote.length === sources.length;
    const one = new Set(remote.map(({ login: { user, machine } }) => `${user}@${machine}`)).size === 1;
    if (first && local && one) return first.login;
    throw usage('one side of a copy is here and the other on one machine', 'write the machine as [USER@]MACHINE:PATH');
  }
}

/** A file that is copied in one go is not worth a bar. */
const SMALL = 1024 * 1024;

const show =
  (progress: Progress): CopyOptions['progress'] =>
  (name, done, total) => {
    if (total < SMALL) return;
    const percent = Math.floor((100 * done) / Math.max(total, 1));
    if (done === total) progress.set({ name, state: 'done', detail: 'copied' });
    else progress.set({ name, state: 'working', detail: 'copying', percent });
  };
