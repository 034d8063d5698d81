import type { JobStatus } from './commands/index.ts';

/** Who ended the machine: `guest` is true when the guest itself asked for it. */
export interface ShutdownData {
  readonly guest: boolean;
  /** e.g. `guest-shutdown`, `guest-reset`, `guest-panic`, `host-qmp-quit`, `host-signal`. */
  readonly reason: string;
}

export interface BlockIoErrorData {
  readonly device: string;
  readonly qdev?: string;
  readonly 'node-name'?: string;
  readonly operation: 'read' | 'write';
  readonly action: 'ignore' | 'report' | 'stop';
  /** True when the host's file system is full: `cont` retries the write once there is room. */
  readonly nospace?: boolean;
  readonly reason: string;
}

/** The events in use, with their data. */
export interface Events {
  SHUTDOWN: ShutdownData;
  POWERDOWN: undefined;
  RESET: ShutdownData;
  STOP: undefined;
  RESUME: undefined;
  SUSPEND: undefined;
  WAKEUP: undefined;
  GUEST_PANICKED: { readonly action: 'pause' | 'poweroff' | 'run'; readonly info?: object };
  GUEST_CRASHLOADED: { readonly action: string };
  WATCHDOG: { readonly action: string };
  BLOCK_IO_ERROR: BlockIoErrorData;
  BLOCK_JOB_READY: { readonly device: string; readonly type: string };
  BLOCK_JOB_COMPLETED: { readonly device: string; readonly type: string; readonly error?: string };
  JOB_STATUS_CHANGE: { readonly id: string; readonly status: JobStatus };
  DEVICE_DELETED: { readonly device?: string; readonly path: string };
  DEVICE_UNPLUG_GUEST_ERROR: { readonly device?: string; readonly path: string };
  DEVICE_TRAY_MOVED: { readonly id: string; readonly device: string; readonly 'tray-open': boolean };
  BALLOON_CHANGE: { readonly actual: number };
  NIC_RX_FILTER_CHANGED: { readonly name?: string; readonly path: string };
  RTC_CHANGE: { readonly offset: number };
  VSERPORT_CHANGE: { readonly id: string; readonly open: boolean };
  VNC_CONNECTED: object;
  VNC_DISCONNECTED: object;
}

export type EventName = keyof Events;

/** One event as it came; `at` in milliseconds since the epoch. */
export type QmpEvent = {
  [E in EventName]: { readonly name: E; readonly data: Events[E]; readonly at: number };
}[EventName];

/** Reads an event's envelope; a name that is not in `Events` passes through, for listeners to leave alone. */
export function toEvent(message: { readonly [key: string]: unknown }): QmpEvent {
  const time = message['timestamp'] as { seconds: number; microseconds: number } | undefined;
  const at = time ? time.seconds * 1000 + time.microseconds / 1000 : 0;
  return { name: message['event'], data: message['data'], at } as QmpEvent;
}
