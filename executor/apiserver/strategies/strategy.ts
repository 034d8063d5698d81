import type { FieldError, KubeObject } from '../types.ts';

/** What a built-in kind does besides its schema. */
export interface Strategy {
  /** The name may have no dots. */
  plainName?: boolean;
  hasGeneration?: boolean;
  /** Checks types that the schema cannot tell. @throws StatusError 400 */
  checkTypes?(object: KubeObject): void;
  prepareCreate?(object: KubeObject, now: Date): void;
  prepareUpdate?(next: KubeObject, live: KubeObject): void;
  validate?(object: KubeObject, live?: KubeObject): FieldError[];
  /** What an update of a subresource makes of the live object. */
  subresources?: Record<string, (wanted: KubeObject, live: KubeObject) => KubeObject>;
  /** @throws StatusError for what may never be deleted */
  checkDelete?(object: KubeObject): void;
  prepareDelete?(object: KubeObject, now: Date): void;
  /** Something other than a finalizer in metadata keeps the deleted object. */
  holds?(object: KubeObject): boolean;
}
