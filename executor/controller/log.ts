import type { Log } from './types.ts';

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

/** One line of JSON for each message, which journald and log collectors take apart. */
export function createLog(write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const line = (level: Level, message: string, fields: Fields = {}): void =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, error, fields) => line('error', `${message}: ${reasonOf(error)}`, fields),
  };
}

/** The message with those of its causes; the stack only where nobody expected the error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const unexpected = error instanceof TypeError || error instanceof ReferenceError;
  const cause = error.cause === undefined ? '' : ` (${reasonOf(error.cause)})`;
  return unexpected ? (error.stack ?? error.message) : `${error.message}${cause}`;
}
