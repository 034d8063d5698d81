/**
 * What a machine asks for and this host, this board or this version cannot give. Becomes a condition on the machine;
 * nothing is retried until the object or the host changes.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** One CamelCase word, as a condition's reason. */
  readonly reason: string;
  /** Path in the object, such as `spec.disks[root].bus`. */
  readonly field: string;

  constructor(reason: string, field: string, message: string) {
    super(`${field}: ${message}`);
    this.reason = reason;
    this.field = field;
  }
}
