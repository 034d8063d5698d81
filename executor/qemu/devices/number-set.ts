/** The numbers of a set such as `0-1,4`. */
export function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
