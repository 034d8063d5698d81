import type { TapBackend } from '../../qemu/argv.ts';

type Words = readonly string[];

/** What of a tap's limits is there, in bytes per second. */
export interface SeenLimits {
  readonly inbound?: number;
  readonly outbound?: number;
  /** Whether what comes from the guest is led past its limit. */
  readonly isLed: boolean;
  /** Whether the device for that is there. */
  readonly hasDetour: boolean;
}

export interface LimitChanges {
  /** Lines of ip(8), then words of tc(8), then lines of ip(8) again. */
  readonly before: readonly Words[];
  readonly queues: readonly Words[];
  readonly after: readonly Words[];
}

/**
 * The device past which a guest's packets are led, where they wait: packets that come in have no queue of their own.
 * Source: Documentation/networking/device_drivers of ifb, tc-mirred(8)
 */
export const detourOf = (tap: string): string => `vi${tap.slice(2)}`;

/** Bytes that may pass at once: what a twentieth of a second brings, and never less than one large packet. */
const burstOf = (rate: number): number => Math.max(Math.round(rate / 20), 65_536);
/** How long a packet waits before it is dropped instead. */
const LATENCY = '100ms';

/** A token bucket. Source: tc-tbf(8) */
const bucket = (device: string, rate: number): Words => [
  ...['qdisc', 'replace', 'dev', device, 'root', 'tbf'],
  ...['rate', `${rate * 8}bit`, 'burst', String(burstOf(rate)), 'latency', LATENCY],
];

/** What to do for a tap to have its limits, and no others. Pure. */
export function planLimits({ device, inbound, outbound }: TapBackend, seen: SeenLimits): LimitChanges {
  const out = planOutbound(device, outbound, seen);
  return { ...out, queues: [...planInbound(device, inbound, seen), ...out.queues] };
}

function planInbound(device: string, wanted: number | undefined, { inbound }: SeenLimits): Words[] {
  if (wanted === inbound) return [];
  return wanted === undefined ? [['qdisc', 'del', 'dev', device, 'root']] : [bucket(device, wanted)];
}

/** Every packet, of any protocol. */
const ALL = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'] as const;

function planOutbound(device: string, wanted: number | undefined, seen: SeenLimits): LimitChanges {
  const detour = detourOf(device);
  if (wanted === undefined) {
    return {
      before: [],
      queues: seen.isLed ? [['qdisc', 'del', 'dev', device, 'clsact']] : [],
      after: seen.hasDetour ? [['link', 'del', 'dev', detour]] : [],
    };
  }
  const lead = ['filter', 'replace', 'dev', device, 'ingress', 'pref', '1', 'handle', '800::800', ...ALL];
  const make = seen.hasDetour ? [] : [['link', 'add', 'name', detour, 'type', 'ifb']];
  return {
    before: [...make, ...(seen.isLed && seen.hasDetour ? [] : [['link', 'set', 'dev', detour, 'up']])],
    queues: [
      ...(seen.outbound === wanted ? [] : [bucket(detour, wanted)]),
      ...(seen.isLed
        ? []
        : [
            ['qdisc', 'replace', 'dev', device, 'clsact'],
            [...lead, 'action', 'mirred', 'egress', 'redirect', 'dev', detour],
          ]),
    ],
    after: [],
  };
}

interface Qdisc {
  readonly kind?: string;
  readonly root?: boolean;
  readonly options?: { readonly rate?: number };
}

/** The rate of the bucket before a device, in what `tc -j qdisc show` answered. */
export const readRate = (answer: string): number | undefined =>
  parse(answer).find(({ kind, root }) => kind === 'tbf' && root)?.options?.rate;

/** Whether a device's incoming packets are looked at. */
export const readLed = (answer: string): boolean => parse(answer).some(({ kind }) => kind === 'clsact');

const parse = (answer: string): Qdisc[] => (answer.trim() === '' ? [] : (JSON.parse(answer) as Qdisc[]));
