/** What a registry, or what it holds, does not give. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  /** CamelCase, for a condition. Those of another try are `RegistryFailed`, `ReferenceNotFound` and `Unauthorized`. */
  readonly reason: 'RegistryFailed' | 'ReferenceNotFound' | 'Unauthorized' | 'ArtifactRefused' | 'SecretInvalid';

  constructor(reason: RegistryError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
