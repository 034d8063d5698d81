import { createHash } from 'node:crypto';
import type { Shape, TapBackend } from '../../qemu/argv.ts';

type Words = readonly string[];

/** What of a tap's limits is there, in bytes per second. */
export interface SeenLimits {
  readonly inbound?: number;
  readonly outbound?: number;
  /** Handles of buckets that have a shape of their own. */
  readonly inboundMark?: string;
  readonly outboundMark?: string;
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

/** A bucket smaller than one frame would let nothing through. */
const FRAME = 2048;
/** One large packet at once, also at the peak. */
const LARGE = 65_536;

interface Bucket {
  readonly rate: number;
  readonly shape?: Shape | undefined;
}

/**
 * tc tells of no peak in what a program can read, so that a bucket with a shape has a handle which stands for all of it: one
 * of those that the kernel gives to none by itself (from 8000 on).
 */
function markOf({ rate, shape }: Bucket): string | undefined {
  if (shape?.peak === undefined && shape?.burst === undefined) return undefined;
  const hash = createHash('sha256')
    .update(`${rate}/${shape.peak ?? ''}/${shape.burst ?? ''}`)
    .digest();
  return `${(0x4000 + (hash.readUInt16BE(0) & 0x3fff)).toString(16)}:`;
}

const isMark = (handle: string): boolean => /^[4-7][0-9a-f]{3}:$/.test(handle);

/** A token bucket, behind one more where there is a peak: a peak below the rate is the rate. Source: tc-tbf(8) */
function bucket(device: string, { rate: wanted, shape = {} }: Bucket): Words {
  const { peak = Number.POSITIVE_INFINITY } = shape;
  const rate = Math.min(wanted, peak);
  const burst = shape.burst === undefined ? burstOf(rate) : Math.max(shape.burst, FRAME);
  const mark = markOf({ rate: wanted, shape });
  return [
    ...['qdisc', 'replace', 'dev', device, 'root', ...(mark === undefined ? [] : ['handle', mark]), 'tbf'],
    ...['rate', `${rate * 8}bit`, 'burst', String(burst), 'latency', LATENCY],
    ...(peak > rate && peak < Number.POSITIVE_INFINITY
      ? ['peakrate', `${peak * 8}bit`, 'minburst', String(Math.min(burst, LARGE))]
      : []),
  ];
}

/** The bucket before a device, as it should be: one that had a shape goes before one without is made. */
function planBucket(device: string, wanted: Bucket, rate: number | undefined, mark: string | undefined): Words[] {
  const next = markOf(wanted);
  if (next === mark && (next !== undefined || wanted.rate === rate)) return [];
  const gone = mark !== undefined && next === undefined ? [['qdisc', 'del', 'dev', device, 'root']] : [];
  return [...gone, bucket(device, wanted)];
}

/** What to do for a tap to have its limits, and no others. Pure. */
export function planLimits(backend: TapBackend, seen: SeenLimits): LimitChanges {
  const { device, inbound, outbound, inboundShape, outboundShape } = backend;
  const out = planOutbound(device, outbound === undefined ? undefined : { rate: outbound, shape: outboundShape }, seen);
  const into = inbound === undefined ? undefined : { rate: inbound, shape: inboundShape };
  return { ...out, queues: [...planInbound(device, into, seen), ...out.queues] };
}

function planInbound(device: string, wanted: Bucket | undefined, { inbound, inboundMark }: SeenLimits): Words[] {
  if (wanted) return planBucket(device, wanted, inbound, inboundMark);
  return inbound === undefined ? [] : [['qdisc', 'del', 'dev', device, 'root']];
}

/** Every packet, of any protocol. */
const ALL = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'] as const;

function planOutbound(device: string, wanted: Bucket | undefined, seen: SeenLimits): LimitChanges {
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
      ...planBucket(detour, wanted, seen.outbound, seen.outboundMark),
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
  readonly handle?: string;
  readonly root?: boolean;
  readonly options?: { readonly rate?: number };
}

/** The rate of the bucket before a device, in what `tc -j qdisc show` answered. */
export const readRate = (answer: string): number | undefined =>
  parse(answer).find(({ kind, root }) => kind === 'tbf' && root)?.options?.rate;

/** The handle of a bucket that has a shape of its own. */
export const readMark = (answer: string): string | undefined =>
  parse(answer).find(({ kind, root, handle }) => kind === 'tbf' && root && isMark(handle ?? ''))?.handle;

/** Whether a device's incoming packets are looked at. */
export const readLed = (answer: string): boolean => parse(answer).some(({ kind }) => kind === 'clsact');

const parse = (answer: string): Qdisc[] => (answer.trim() === '' ? [] : (JSON.parse(answer) as Qdisc[]));
