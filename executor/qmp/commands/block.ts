import type { JobCommands } from './job.ts';

/** A block node or device as qemu spells it: `driver`, `node-name` and the driver's own members. */
export interface BlockdevOptions {
  readonly driver: string;
  readonly 'node-name'?: string;
  readonly [member: string]: unknown;
}

export interface ImageSnapshot {
  readonly id: string;
  readonly name: string;
  /** Bytes of memory state, 0 without. */
  readonly 'vm-state-size': number;
  readonly 'date-sec': number;
  readonly 'date-nsec': number;
  readonly 'vm-clock-sec': number;
  readonly 'vm-clock-nsec': number;
}

export interface ImageInfo {
  readonly filename: string;
  readonly format: string;
  readonly 'virtual-size': number;
  readonly 'actual-size'?: number;
  readonly 'backing-filename'?: string;
  readonly snapshots?: readonly ImageSnapshot[];
}

/** What has changed on a node since it was made. */
export interface DirtyBitmap {
  readonly name?: string;
  readonly recording: boolean;
  readonly persistent: boolean;
  /** qemu did not end in order: what it holds cannot be relied on. */
  readonly inconsistent?: boolean;
  readonly count: number;
}

export interface BlockNode {
  readonly 'dirty-bitmaps'?: readonly DirtyBitmap[];
  readonly file: string;
  readonly 'node-name'?: string;
  readonly ro: boolean;
  readonly drv: string;
  readonly backing_file?: string;
  readonly image: ImageInfo;
}

export interface BlockDevice {
  readonly device: string;
  readonly qdev?: string;
  readonly removable: boolean;
  readonly locked: boolean;
  readonly tray_open?: boolean;
  readonly 'io-status'?: 'ok' | 'failed' | 'nospace';
  readonly inserted?: BlockNode;
}

export interface BlockStats {
  readonly device?: string;
  readonly qdev?: string;
  readonly 'node-name'?: string;
  /** What the node is an overlay on, or filters. */
  readonly backing?: BlockStats;
  readonly stats: {
    readonly rd_bytes: number;
    readonly wr_bytes: number;
    readonly rd_operations: number;
    readonly wr_operations: number;
    readonly wr_highest_offset: number;
    readonly [counter: string]: unknown;
  };
}

type InternalSnapshot = { readonly device: string; readonly name: string };
type ExternalSnapshot = { readonly node: string; readonly overlay: string };

/** What can be done to several disks in one instant. */
export type TransactionAction =
  | { readonly type: 'blockdev-snapshot-internal-sync'; readonly data: InternalSnapshot }
  | { readonly type: 'blockdev-snapshot'; readonly data: ExternalSnapshot }
  | { readonly type: 'block-dirty-bitmap-add'; readonly data: BitmapName & { readonly persistent?: boolean } }
  | { readonly type: 'blockdev-backup'; readonly data: JobCommands['blockdev-backup']['arguments'] }
  | { readonly type: 'abort'; readonly data: Record<string, never> };

type BitmapName = { readonly node: string; readonly name: string };

export interface BlockCommands {
  'query-block': { arguments?: undefined; returns: readonly BlockDevice[] };
  'query-blockstats': { arguments: { readonly 'query-nodes'?: boolean } | undefined; returns: readonly BlockStats[] };
  'query-named-block-nodes': {
    arguments: { readonly flat?: boolean } | undefined;
    returns: readonly BlockNode[];
  };
  'blockdev-add': { arguments: BlockdevOptions; returns: object };
  'blockdev-del': { arguments: { readonly 'node-name': string }; returns: object };
  'blockdev-reopen': { arguments: { readonly options: readonly BlockdevOptions[] }; returns: object };
  /** `size` in bytes. */
  block_resize: { arguments: { readonly 'node-name': string; readonly size: number }; returns: object };
  block_set_io_throttle: { arguments: { readonly id: string; readonly [limit: string]: unknown }; returns: object };
  'blockdev-snapshot-internal-sync': { arguments: InternalSnapshot; returns: object };
  'blockdev-snapshot-delete-internal-sync': {
    arguments: { readonly device: string; readonly name?: string; readonly id?: string };
    returns: ImageSnapshot;
  };
  'blockdev-snapshot': { arguments: ExternalSnapshot; returns: object };
  transaction: { arguments: { readonly actions: readonly TransactionAction[] }; returns: object };
  'block-dirty-bitmap-remove': { arguments: BitmapName; returns: object };
  'blockdev-open-tray': { arguments: { readonly id: string; readonly force?: boolean }; returns: object };
  'blockdev-close-tray': { arguments: { readonly id: string }; returns: object };
  'blockdev-remove-medium': { arguments: { readonly id: string }; returns: object };
  'blockdev-insert-medium': { arguments: { readonly id: string; readonly 'node-name': string }; returns: object };
  'blockdev-change-medium': {
    arguments: {
      readonly id: string;
      readonly filename: string;
      readonly format?: string;
      readonly force?: boolean;
      readonly 'read-only-mode'?: 'retain' | 'read-only' | 'read-write';
    };
    returns: object;
  };
  eject: { arguments: { readonly id: string; readonly force?: boolean }; returns: object };
}
