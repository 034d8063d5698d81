import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { StopReason } from '../../controller/types.ts';
import type { SlirpListener } from '../../network/usernet.ts';
import type { PortForward } from '../../qemu/argv.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import type { Interface } from '../../qemu/devices/interface.ts';

export type DiskDraft = Pick<VirtualMachineDisk, 'apiVersion' | 'kind' | 'metadata' | 'spec'>;
type Reason = { readonly reason: StopReason; readonly message?: string };

/** What the restart policy makes of an end. */
export interface Verdict {
  /** Backs off. */
  readonly crashed: boolean;
  /** Stays off until somebody asks. */
  readonly held: boolean;
}

/** Everything that is ever done to a machine. */
export type Action =
  /** Bind the machine to this node, and hold it with our finalizer. */
  | { readonly type: 'adopt'; readonly bind: boolean }
  | { readonly type: 'create-disk'; readonly disk: DiskDraft }
  /** The start itself; `byPolicy` counts as a restart. */
  | { readonly type: 'launch'; readonly byPolicy: boolean }
  | { readonly type: 'continue' }
  | { readonly type: 'pause' }
  /** An executor died while a snapshot had the guest's file systems frozen. */
  | { readonly type: 'thaw' }
  /** A disk of the host failed, or is full: told once. */
  | { readonly type: 'note-full'; readonly disks: readonly string[] }
  /** Ask the guest by ACPI; the deadline is kept. */
  | ({ readonly type: 'ask-to-stop'; readonly timeoutMs: number } & Reason)
  /** Once more, without a new deadline: the guest was deaf, or asked by an executor that is gone. */
  | { readonly type: 'ask-again' }
  /** Wanted again before the guest shut down: it will not be forced. */
  | { readonly type: 'cancel-stop' }
  /** End qemu at once. */
  | ({ readonly type: 'halt' } & Reason & Verdict)
  /** qemu ended without us. */
  | ({ readonly type: 'note-stop' } & Reason & Verdict)
  /** A start that an executor, killed meanwhile, began and nobody ended: what it took is given free. */
  | { readonly type: 'drop-start' }
  /** Being stopped as wanted makes crashes and holds forgotten. */
  | { readonly type: 'settle' }
  | { readonly type: 'begin'; readonly request: 'restart' | 'reset'; readonly token: string }
  | { readonly type: 'acknowledge'; readonly request: 'restart' | 'reset'; readonly token: string }
  | { readonly type: 'reset' }
  | { readonly type: 'set-link'; readonly name: string; readonly up: boolean }
  | { readonly type: 'set-limits'; readonly disk: Disk }
  | { readonly type: 'set-balloon'; readonly bytes: number }
  | { readonly type: 'set-medium'; readonly disk: Disk }
  /** Another cloud-init seed for the drive of a running machine. */
  | { readonly type: 'set-seed'; readonly disk: Disk }
  | { readonly type: 'plug-disk'; readonly disk: Disk }
  /** Asks the guest to let go of a disk; it may never do so. */
  | { readonly type: 'release-disk'; readonly name: string }
  /** The guest has let go: what qemu and we hold of the disk goes. */
  | { readonly type: 'free-disk'; readonly name: string }
  | {
      readonly type: 'set-forwards';
      readonly name: string;
      readonly remove: readonly PortForward[];
      readonly add: readonly PortForward[];
    }
  | { readonly type: 'plug-interface'; readonly nic: Interface }
  | { readonly type: 'release-interface'; readonly name: string }
  /** Its device is gone from the guest: qemu's end of the cable goes, then the tap. */
  | { readonly type: 'free-interface'; readonly name: string }
  /** Another network, other limits: the tap is made what it should be. */
  | { readonly type: 'set-tap'; readonly name: string }
  /** A program carries the packets of a user network: it ended, or is to listen elsewhere. */
  | { readonly type: 'serve-user'; readonly name: string }
  /** Forwards that a killed executor has left. */
  | { readonly type: 'close-strays'; readonly strays: readonly SlirpListener[] }
  /** Nothing uses them any more. */
  | { readonly type: 'free-taps'; readonly devices: readonly string[] }
  /** Free everything of the host. */
  | { readonly type: 'forget' }
  | { readonly type: 'release' }
  /** Nothing of it is left on this node that another needs to wait for; says so. */
  | { readonly type: 'leave' }
  /** Says that this node has the machine, before anything is started. */
  | { readonly type: 'take' }
  | { readonly type: 'wait'; readonly ms: number };

export type ActionType = Action['type'];
export type ActionOf<T extends ActionType> = Extract<Action, { readonly type: T }>;
