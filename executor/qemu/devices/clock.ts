import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';

const BASES = { UTC: 'utc', LocalTime: 'localtime' } as const;

export function clockArguments({ spec }: Board): string[] {
  const { clock } = spec.machine;
  return [
    '-rtc',
    keyValues({ base: BASES[clock?.base ?? 'UTC'], driftfix: clock?.driftFix === 'Slew' ? 'slew' : undefined }),
  ];
}
