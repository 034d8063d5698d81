/** core/v1 Taint. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** Says that a node is shut down, and that nothing runs there any more: https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown */
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** On a node that `vmctl node fence` has fenced: when, and by which program. */
export const FENCED_AT = 'vmctl.dev/fenced-at';
export const FENCED_BY = 'vmctl.dev/fenced-by';
