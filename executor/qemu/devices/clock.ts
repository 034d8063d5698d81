import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';

const BASES = { UTC: 'utc', LocalTime: 'localtime' } as const;

const SOURCES = { Guest: 'vm', Host: 'host' } as const;

/** qemu takes a date in place of a base; a machine that is set forward has one made at its start. */
const baseOf = ({ input, spec }: Board): string => {
  const { base = 'UTC', start } = spec.machine.clock ?? {};
  return start ?? input.clockStart ?? BASES[base];
};

export function clockArguments(board: Board): string[] {
  const { driftFix, source, pit } = board.spec.machine.clock ?? {};
  const rtc = keyValues({
    base: baseOf(board),
    clock: source && SOURCES[source],
    driftfix: driftFix === 'Slew' ? 'slew' : undefined,
  });
  return ['-rtc', rtc, ...(pit ? ['-global', `kvm-pit.lost_tick_policy=${pit.toLowerCase()}`] : [])];
}
