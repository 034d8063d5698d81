/** One thing that is asked of a guest's agent: the members of its part of the body are not checked yet. */
export interface Ask {
  readonly socket: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whoever asks has gone. */
  readonly signal: AbortSignal;
}
