import { ApiError, ConnectionError } from '../schemas/client/errors.ts';
import { own } from './own.ts';

/** Exit codes of both programs' verbs; a promise of the documentation. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, timedOut: 4, refused: 5 } as const;

export type Outcome = Exclude<keyof typeof EXIT, 'done'>;

/** Ends a command. `message` says what was wrong and where, `hint` what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly outcome: Outcome;
  readonly hint: string | undefined;

  constructor(outcome: Outcome, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
    this.hint = hint;
  }
}

export const usage = (message: string, hint?: string): Failure => new Failure('usage', message, hint);

/** An error as it is told: on a terminal as sentences, under `-o json` as this object. */
export interface Told {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly hint?: string;
  /** What an API server found wrong, field by field. */
  readonly causes?: readonly { field?: string; message?: string; reason?: string }[];
}

const told = (outcome: Outcome, reason: string, message: string, hint?: string): Told => ({
  code: EXIT[outcome],
  reason,
  message,
  ...(hint !== undefined && { hint }),
});

const NEXT: Readonly<Record<string, string>> = {
  AlreadyExists: 'choose another name, or change the one that is there with: vmctl edit',
  Conflict: 'somebody changed it in the meantime; look at it and try again',
  Unauthorized: 'the credentials of this context are not accepted; see: kubectl config view',
  Forbidden: 'ask an administrator for the right, or choose another context with --context',
};

function tellApi(error: ApiError): Told {
  const outcome = error.code === 404 ? 'notFound' : 'refused';
  const causes = error.status.details?.causes;
  return { ...told(outcome, error.reason, error.message, own(NEXT, error.reason)), ...(causes && { causes }) };
}

const START = 'start the embedded API with: vmctl up, or choose a cluster with --context';

/** What oclif's parser says, without its own hint. */
const tellUsage = ({ message }: Error): Told =>
  told('usage', 'usage', message.replace(/\nSee more help with --help$/, '').trim(), 'add --help to see what it takes');

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number };
}

/** What a person or a program is told about any error. */
export function tell(error: unknown): Told {
  if (error instanceof Failure) return told(error.outcome, error.outcome, error.message, error.hint);
  if (error instanceof ApiError) return tellApi(error);
  if (error instanceof ConnectionError) return told('failed', 'Unreachable', error.message, START);
  if (!(error instanceof Error)) return told('failed', 'Failed', String(error));
  if ((error as OclifError).oclif?.exit !== undefined) return tellUsage(error);
  return told('failed', error.name === 'Error' ? 'Failed' : error.name, error.message);
}

/** The text on standard error. */
export function errorText(error: Told, json: boolean): string {
  if (json) return `${JSON.stringify({ error }, undefined, 2)}\n`;
  const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`;
  return `vmctl: ${error.message}${hint}\n`;
}
