import type { CommandName } from './commands/index.ts';

/** qemu answered a command with an error; `class` is `GenericError` for nearly everything, else e.g. `CommandNotFound`, `DeviceNotFound`. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly class: string;
  readonly desc: string;
  readonly command: CommandName;

  constructor(answer: { class: string; desc: string }, command: CommandName) {
    super(`qemu refused ${command}: ${answer.desc}`);
    this.class = answer.class;
    this.desc = answer.desc;
    this.command = command;
  }
}

/** No answer within the limit. qemu may still carry the command out: observe again before repeating it. */
export class QmpTimeoutError extends Error {
  override readonly name = 'QmpTimeoutError';
}

/** The connection could not be made or ended; `cause` has the socket's own error where there was one. */
export class QmpClosedError extends Error {
  override readonly name = 'QmpClosedError';
}

/** The other side does not speak QMP. */
export class QmpProtocolError extends Error {
  override readonly name = 'QmpProtocolError';
}

/** A background job ended with an error, as `query-jobs` told it. */
export class QmpJobError extends Error {
  override readonly name = 'QmpJobError';
  readonly job: string;

  constructor(job: string, message: string) {
    super(`qemu's job ${job} failed: ${message}`);
    this.job = job;
  }
}
