/**
 * The commands in use, as qemu's `qga/qapi-schema.json` has them. What comes back is the guest's word: `unknown`, to be read by
 * `read.ts`, never trusted for its shape.
 */
export interface Commands {
  'guest-ping': undefined;
  'guest-info': undefined;
  'guest-get-host-name': undefined;
  'guest-get-osinfo': undefined;
  'guest-network-get-interfaces': undefined;
  'guest-get-fsinfo': undefined;
  'guest-get-users': undefined;
  'guest-get-timezone': undefined;
  'guest-exec': {
    readonly path: string;
    readonly arg?: readonly string[];
    readonly env?: readonly string[];
    /** Base64. */
    readonly 'input-data'?: string;
    readonly 'capture-output'?: boolean;
  };
  'guest-exec-status': { readonly pid: number };
  'guest-set-user-password': {
    readonly username: string;
    /** Base64. */
    readonly password: string;
    readonly crypted: boolean;
  };
  'guest-ssh-get-authorized-keys': { readonly username: string };
  'guest-ssh-add-authorized-keys': {
    readonly username: string;
    readonly keys: readonly string[];
    readonly reset?: boolean;
  };
  'guest-ssh-remove-authorized-keys': { readonly username: string; readonly keys: readonly string[] };
  'guest-fsfreeze-status': undefined;
  'guest-fsfreeze-freeze': undefined;
  'guest-fsfreeze-freeze-list': { readonly mountpoints?: readonly string[] };
  'guest-fsfreeze-thaw': undefined;
  'guest-fstrim': { readonly minimum?: number };
}

export type CommandName = keyof Commands;

export interface ExecuteOptions {
  /** Milliseconds until the answer; 10000 when left out. */
  readonly timeoutMs?: number;
  /** Bytes of the answer that are taken; 1 MiB when left out. */
  readonly maxBytes?: number;
}

type Rest<C extends CommandName> = undefined extends Commands[C]
  ? [args?: Commands[C], options?: ExecuteOptions]
  : [args: Commands[C], options?: ExecuteOptions];

/** A guest agent that has just answered. */
export interface Agent {
  /**
   * Runs a command in the guest; one after the other.
   * @throws AgentError when the agent refuses, AgentTimeoutError, AgentClosedError, AgentProtocolError: after the last three
   * the conversation is over
   */
  execute<C extends CommandName>(command: C, ...rest: Rest<C>): Promise<unknown>;
}
