/** Why no seed can be made of a spec: shown in a condition, and by the command line. */
export class SeedProblem extends Error {
  override readonly name = 'SeedProblem';
  /** CamelCase. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
