/** No set of CPUs or nodes has more numbers in one range; one that says so must not fill the memory. */
const WIDEST = 0x1_0000;

/** The numbers of a set such as `0-1,4`. */
export function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: Math.max(0, Math.min(last - first + 1, WIDEST)) }, (_, i) => first + i);
  });
}

/** A set such as `0-1,4` of numbers. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
