import * as z from 'zod';
import { withRule } from '../../types/rule.ts';

/** What can be limited; each has a burst above it. Names and rules are those of libvirt's `<iotune>` and qemu's throttle groups. */
export const LIMITS = [
  'totalBytesPerSecond',
  'readBytesPerSecond',
  'writeBytesPerSecond',
  'totalIops',
  'readIops',
  'writeIops',
] as const;

export type Limit = (typeof LIMITS)[number];

const MOST = 1_000_000_000_000;
const LONGEST_SECONDS = 86_400;
/** What a burst may move in all, `THROTTLE_VALUE_MAX` of qemu's util/throttle.c. */
const BURST_MOST = 1_000_000_000_000_000;

const rate = () => z.int().min(0).max(MOST);

type Shape<N extends string> = Record<N | `${N}Max` | `${N}MaxLengthSeconds`, z.ZodOptional<z.ZodInt>>;

/** A limit, the burst above it, and how long that may last. */
const limit = <N extends Limit>(name: N, what: string): Shape<N> =>
  ({
    [name]: rate().describe(`${what} per second.`).optional(),
    [`${name}Max`]: rate().describe(`${what} per second in a burst.`).optional(),
    [`${name}MaxLengthSeconds`]: z
      .int()
      .min(1)
      .max(LONGEST_SECONDS)
      .describe('How long a burst may last at its full rate; 1 where nothing is given.')
      .optional(),
  }) as Shape<N>;

const fields = z.object({
  ...limit('totalBytesPerSecond', 'Bytes read and written'),
  ...limit('readBytesPerSecond', 'Bytes read'),
  ...limit('writeBytesPerSecond', 'Bytes written'),
  ...limit('totalIops', 'Requests'),
  ...limit('readIops', 'Read requests'),
  ...limit('writeIops', 'Write requests'),
  iopsSizeBytes: rate()
    .describe('A request counts once for every so many bytes of it; once whatever its size where nothing is given.')
    .optional(),
});

type Iotune = z.output<typeof fields>;

const cel = (name: string): string => `(has(self.${name}) ? self.${name} : 0)`;
const all = (rules: readonly string[]): string => rules.join(' && ');

const FAMILIES = [
  ['totalBytesPerSecond', 'readBytesPerSecond', 'writeBytesPerSecond'],
  ['totalIops', 'readIops', 'writeIops'],
] as const;

const oneKind = withRule(
  fields,
  {
    rule: all(FAMILIES.map(([total, read, write]) => `(${cel(total)} == 0 || ${cel(read)} + ${cel(write)} == 0)`)),
    message: 'a limit in total goes with none for reads or writes alone',
  },
  (value) => FAMILIES.every(([total, read, write]) => !value[total] || !(value[read] || value[write])),
);

const burst = (value: Iotune, name: Limit): { base: number; max: number; seconds: number | undefined } => ({
  base: value[name] ?? 0,
  max: value[`${name}Max`] ?? 0,
  seconds: value[`${name}MaxLengthSeconds`],
});

const bursting = withRule(
  oneKind,
  {
    rule: all(
      LIMITS.map((name) => `(${cel(`${name}Max`)} == 0 || (${cel(name)} > 0 && ${cel(`${name}Max`)} >= ${cel(name)}))`),
    ),
    message: 'a burst (…Max) needs its limit, and is at least as large',
  },
  (value) =>
    LIMITS.every((name) => {
      const { base, max } = burst(value, name);
      return max === 0 || (base > 0 && max >= base);
    }),
);

const lasting = withRule(
  bursting,
  {
    rule: all(
      LIMITS.map(
        (name) =>
          `(!has(self.${name}MaxLengthSeconds) || (${cel(`${name}Max`)} > 0 && ${cel(`${name}Max`)} * self.${name}MaxLengthSeconds <= ${BURST_MOST}))`,
      ),
    ),
    message: 'the length of a burst needs the burst, and both multiplied are at most 10^15',
  },
  (value) =>
    LIMITS.every((name) => {
      const { max, seconds } = burst(value, name);
      return seconds === undefined || (max > 0 && max * seconds <= BURST_MOST);
    }),
);

/** Limits of a disk's throughput. */
export const iotune = withRule(
  lasting,
  {
    rule: `!has(self.iopsSizeBytes) || self.iopsSizeBytes == 0 || ${cel('totalIops')} + ${cel('readIops')} + ${cel('writeIops')} > 0`,
    message: 'iopsSizeBytes needs a limit of requests',
  },
  (value) => !value.iopsSizeBytes || Boolean(value.totalIops || value.readIops || value.writeIops),
).describe('Limits of throughput; 0 is no limit.');
