/** `concluded` and `null` are the end; a concluded job keeps its error until it is dismissed. */
export type JobStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null';

export interface JobInfo {
  readonly id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly 'current-progress': number;
  readonly 'total-progress': number;
  readonly error?: string;
}

type JobId = { readonly id: string };
type Snapshot = { readonly 'job-id': string; readonly tag: string; readonly devices: readonly string[] };

/** Kept by hand, so that a job which failed while nobody listened still has its error. */
interface KeptJob {
  readonly 'job-id': string;
  readonly 'auto-finalize'?: boolean;
  readonly 'auto-dismiss'?: boolean;
}

/** Jobs, and the commands that start one: see `runJob`. */
export interface JobCommands {
  'query-jobs': { arguments?: undefined; returns: readonly JobInfo[] };
  'job-complete': { arguments: JobId; returns: object };
  'job-finalize': { arguments: JobId; returns: object };
  'job-dismiss': { arguments: JobId; returns: object };
  'job-cancel': { arguments: JobId; returns: object };
  'job-pause': { arguments: JobId; returns: object };
  'job-resume': { arguments: JobId; returns: object };
  /** `vmstate` is the node that takes the memory. These three have no `auto-dismiss`: they are always kept. */
  'snapshot-save': { arguments: Snapshot & { readonly vmstate: string }; returns: object };
  'snapshot-load': { arguments: Snapshot & { readonly vmstate: string }; returns: object };
  'snapshot-delete': { arguments: Snapshot; returns: object };
  'block-commit': {
    arguments: KeptJob & {
      readonly device: string;
      readonly 'base-node'?: string;
      readonly 'top-node'?: string;
      readonly 'backing-file'?: string;
      readonly speed?: number;
    };
    returns: object;
  };
  'block-stream': {
    arguments: KeptJob & { readonly device: string; readonly 'base-node'?: string; readonly speed?: number };
    returns: object;
  };
  'blockdev-mirror': {
    arguments: KeptJob & {
      readonly device: string;
      readonly target: string;
      readonly sync: 'top' | 'full' | 'none' | 'incremental';
      readonly speed?: number;
      readonly 'copy-mode'?: 'background' | 'write-blocking';
    };
    returns: object;
  };
  'blockdev-backup': {
    arguments: KeptJob & {
      readonly device: string;
      readonly target: string;
      readonly sync: 'top' | 'full' | 'none' | 'incremental' | 'bitmap';
      readonly bitmap?: string;
      readonly 'bitmap-mode'?: 'on-success' | 'never' | 'always';
      readonly speed?: number;
    };
    returns: object;
  };
}
