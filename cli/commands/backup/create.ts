import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { isNotFound } from '../../../schemas/client/errors.ts';
import type { Session } from '../../api/connect.ts';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { machineName, objectName } from '../../names.ts';
import { requestFlags, requestSnapshot, requireMachine } from '../../snapshot/request.ts';

export default class BackupCreate extends ApiCommand {
  static override summary =
    'Back a machine up: copy its disks, or what has changed on them, into another pool or folder.';
  static override examples = [
    '<%= config.bin %> backup create web --pool vault --wait',
    '<%= config.bin %> backup create web --folder /mnt/usb/machines --full',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    backup: optionalArg("name of the backup; made from the machine's where not given"),
  };
  static override flags = {
    pool: string({ helpValue: 'NAME', description: 'Storage pool that takes the copies.' }),
    folder: string({ helpValue: 'PATH', description: 'Folder on the node that takes them; a pool is made of it.' }),
    full: boolean({ description: 'Copy everything, whatever is there already.' }),
    ...requestFlags('backup'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(this.ctor as typeof BackupCreate);
    if ((flags.pool === undefined) === (flags.folder === undefined)) {
      throw usage('where should the copies go?', 'give --pool NAME or --folder PATH');
    }
    const machine = machineName(args.machine);
    const session = await this.connect(flags);
    await requireMachine(session, machine);
    const mode = flags['dry-run'] as DryRun;
    const pool =
      flags.folder === undefined
        ? objectName(flags.pool ?? '')
        : await this.poolOf(session, resolve(flags.folder), mode);
    const spec = { backup: { pool, mode: flags.full ? 'Full' : 'Auto' } };
    await requestSnapshot(session, { machine, name: args.backup, spec }, flags, (text) => this.say(text));
  }

  /** The pool of a folder always has the same name, so that the next backup is built on this one. */
  private async poolOf(session: Session, path: string, mode: DryRun): Promise<string> {
    const name = `backups-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
    try {
      await session.client.get(OURS.VirtualMachineStoragePool, { name });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const pool = draft(OURS.VirtualMachineStoragePool, { name }, { dir: { path } });
      await make(session, OURS.VirtualMachineStoragePool, pool, { mode }, (text) => this.say(text));
    }
    return name;
  }
}
