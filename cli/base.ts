import { Command } from '@oclif/core/command';
import { connect, type Session, type Where } from './api/connect.ts';
import { connection } from './flags.ts';

/** Every command: what it says goes through here. */
export abstract class BaseCommand extends Command {
  /** oclif parses by the class's own statics alone; a command may inherit its arguments and flags from another. */
  override async init(): Promise<void> {
    await super.init();
    const { args, flags, baseFlags } = this.ctor;
    Object.assign(this.ctor, { args, flags, ...(baseFlags && { baseFlags }) });
  }

  /** Text to standard output, with a newline. */
  protected say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** A remark that is no result: to standard error. */
  protected note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** A command that talks to the API. */
export abstract class ApiCommand extends BaseCommand {
  static override baseFlags = connection;

  protected connect(flags: Where): Promise<Session> {
    return connect(flags);
  }
}
