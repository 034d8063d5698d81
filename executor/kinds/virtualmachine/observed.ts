import type { GuestView } from '../../agent/index.ts';
import type { SlirpListener } from '../../network/usernet.ts';
import type { QemuState } from '../../qemu/process/index.ts';
import type { Refusal } from '../../qemu/refusal.ts';
import type { RunState } from '../../qmp/index.ts';
import type { DiskDraft } from './actions.ts';
import type { MachineRecord } from './record.ts';
import type { Resources } from './resources.ts';

/** What qemu answered. */
export interface Answer {
  readonly status: RunState;
  /** Names of disks whose last write found no room. */
  readonly full: readonly string[];
  readonly agentConnected: boolean;
  readonly cpus: number;
  /** Ids of the devices that were given one: those of disks begin with `disk-`. */
  readonly devices: readonly string[];
  /** Bytes; what the balloon leaves where there is one. */
  readonly memoryBytes: number;
}

/** What of a passt there is: `stale` has other forwards than it should. */
export type PasstState = 'there' | 'stale' | 'gone';

/** Everything about a machine at one moment. */
export interface Observed {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly bootId: string;
  readonly process: QemuState;
  /** Nothing where qemu is gone, or lives and does not answer. */
  readonly qemu?: Answer;
  /** What the guest agent says; nothing where none listens. */
  readonly guest?: GuestView;
  /** When to look again at what cloud-init's seed is made from. */
  readonly seedAgainMs?: number;
  /** For how long a qemu that lives has not answered. */
  readonly silentMs: number;
  readonly record: MachineRecord;
  /** When this very executor last asked the guest to shut down. */
  readonly askedAt?: number;
  readonly resources: Resources;
  /** Its taps on this host. */
  readonly taps: readonly string[];
  /** The programs that carry the packets of its interfaces on user networks, by the interface's name. */
  readonly passts: Readonly<Record<string, PasstState>>;
  /** When they were last started. */
  readonly passtsAt: Readonly<Record<string, number>>;
  /** Forwards of slirp that are nobody's any more. */
  readonly strays: readonly SlirpListener[];
  /** When a guest was last asked to let go of a disk, by the disk's name. */
  readonly releasing: Readonly<Record<string, number>>;
  /** Why a disk that the running machine lacks cannot be plugged in, by the disk's name. */
  readonly unpluggable: Readonly<Record<string, string>>;
  /** Disks of the machine's own that are still to be made. */
  readonly missingDisks: readonly DiskDraft[];
  /** Why the spec is not valid: servers without CEL let it through. */
  readonly invalid?: string;
  /** What this host cannot give. */
  readonly refusal?: Pick<Refusal, 'reason' | 'field' | 'message'>;
  /** The snapshot that the machine is just being put back to: whoever does that starts it, or lets it go on. */
  readonly revertingTo?: string;
  /** The guest's file systems were left frozen; since when it was last asked to go on, 0 for never. */
  readonly frozen?: { readonly triedAt: number };
  /** Since when the machine stands still because a disk of the host is full, and was tried last. */
  readonly triedAt?: number;
  /** Where a disk was full: whether there is room beside every volume by now. */
  readonly hasRoom?: boolean;
}
