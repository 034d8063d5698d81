/** What the administrator of a node decides; everything else is in objects. */
export interface Settings {
  /** Folder of everything that the executor keeps, 0700. */
  readonly home: string;
  /** Folders from which images may be imported by `source.file`; nothing is allowed outside them. */
  readonly importFolders: readonly string[];
  /** Unprivileged user that qemu runs as where the executor is root and the user exists. */
  readonly qemuUser: string;
  /** Whether `spec.launch.extraArguments` of a machine has any effect. */
  readonly extraArguments: boolean;
  /** Whether the executor binds machines without a node to its own: true where it is alone. */
  readonly standalone: boolean;
  /** First and longest delay of the restart of a crashed machine. */
  readonly crashBackoffMs: { readonly first: number; readonly longest: number };
  /** Bytes kept of each serial console's log. */
  readonly consoleLogBytes: number;
  /** The words that run this program once more, for work that is better done apart; nothing where it is done in place. */
  readonly helper?: readonly string[];
  /** How often what sends no events is looked at; not less than 30 s except in tests of the loop itself. */
  readonly resyncMs: number;
}
