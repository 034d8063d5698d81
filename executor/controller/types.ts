import type { ApiClient } from '../../schemas/client/client.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { Kind } from '../../schemas/kinds/names.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { HostFacts } from '../host/index.ts';
import type { Qmp } from '../qmp/index.ts';
import type { Settings } from '../settings.ts';

/** The object type of each kind. */
export interface Objects {
  VirtualMachine: VirtualMachine;
  VirtualMachineDisk: VirtualMachineDisk;
  VirtualMachineSnapshot: VirtualMachineSnapshot;
  VirtualMachineImage: VirtualMachineImage;
  VirtualMachineNetwork: VirtualMachineNetwork;
  VirtualMachineStoragePool: VirtualMachineStoragePool;
}

export type { Kind } from '../../schemas/kinds/names.ts';
export type ObjectOf<K extends Kind> = Objects[K];
export type StatusOf<K extends Kind> = NonNullable<Objects[K]['status']>;
export type StopReason = NonNullable<VirtualMachineStatus['lastStop']>['reason'];

/** Names one object of a kind; no namespace where the kind is cluster-scoped. */
export interface Key {
  readonly namespace?: string;
  readonly name: string;
}

/** Ask to be called again after a while; nothing means: when something changes. */
export interface Outcome {
  readonly requeueAfterMs?: number;
}

/** Thrown by a reconciler for what a retry can't mend: shown in a condition, not retried until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  /** CamelCase, as a condition's reason. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Brings one object of one kind from what is to what should be. Called for one key at a time, and again until it converges. */
export interface Reconciler {
  readonly kind: Kind;
  /** The object may be gone by now, or be on its way out. A rejection is retried with growing delays. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconciler that has nothing to ask for returns nothing
  reconcile(key: Key): Promise<Outcome | void>;
  /** Other kinds whose changes concern this one. */
  readonly watches?: readonly Watch[];
}

export interface Watch {
  readonly kind: Kind;
  keysFor(object: KubeObject): Key[];
}

/** What the API held when it was last heard of, after its defaulting. Never change what it returns. */
export interface Store {
  /**
   * Machines that other nodes have, or none, are left out: ask the API where they matter (`kinds/common/elsewhere.ts`), and
   * follow them with an informer of your own where a controller is for all nodes.
   */
  readonly ownMachinesOnly?: boolean;
  get<K extends Kind>(kind: K, key: Key): ObjectOf<K> | undefined;
  /** All of a kind, or those of one namespace. */
  list<K extends Kind>(kind: K, namespace?: string): ObjectOf<K>[];
}

export type EventType = 'Normal' | 'Warning';

/** v1 Events. Aggregated: the same one again raises its count. */
export interface Events {
  /** Never blocks and never throws. */
  record(object: KubeObject, type: EventType, reason: string, message: string): void;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void;
}

/** The running machines of this node. All operations on one machine are exclusive of each other. */
export interface Machines {
  /** One at a time per machine, by the uid of its object; reconcile of a machine holds it as well. Not reentrant. */
  exclusive<T>(uid: string, operation: () => Promise<T>): Promise<T>;
  /** The live control connection, if there is one. */
  qmp(uid: string): Qmp | undefined;
  /** Starts qemu with -S for this machine, connected, not yet continued (for a revert with memory). Call inside exclusive(). */
  launchPaused(machine: VirtualMachine): Promise<Qmp>;
  /** Ends qemu at once and waits until it is gone. Call inside exclusive(). */
  halt(machine: VirtualMachine, reason: StopReason, message?: string): Promise<void>;
  /** qemu's node name of a machine's disk, by its name in spec.disks. */
  blockNode(diskName: string): string;
}

/** What every reconciler is given. */
export interface Context {
  readonly client: ApiClient;
  readonly store: Store;
  readonly events: Events;
  readonly nodeName: string;
  readonly settings: Settings;
  readonly facts: HostFacts;
  readonly machines: Machines;
  readonly log: Log;
  /** Whether this node could not renew its lease, and may be taken for dead; never so where nothing is given. */
  readonly leaseLost?: () => boolean;
  /** Takes in what a write answered at once, before the watch brings it. */
  refresh<K extends Kind>(kind: K, object: ObjectOf<K>): void;
  /** Has an object reconciled, now or after so many milliseconds. */
  enqueue(kind: Kind, key: Key, afterMs?: number): void;
  /**
   * Writes what `mutate` makes of the object: only on a difference, afresh after a conflict, conditions keeping their
   * lastTransitionTime while their status stays. An object that is gone is left alone.
   */
  updateStatus<K extends Kind>(kind: K, key: Key, mutate: (object: ObjectOf<K>) => StatusOf<K>): Promise<void>;
}
