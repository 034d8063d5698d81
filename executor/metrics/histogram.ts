import type { Family } from './exposition.ts';

/** Upper bounds in seconds: from what a query of QMP takes to what a large disk may. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

interface Counts {
  /** How many were within each bound, and above all. */
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** Durations by one label, as a Prometheus histogram. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #label: string;
  readonly #counts = new Map<string, Counts>();

  constructor(name: string, help: string, label: string) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
  }

  observe(value: string, seconds: number): void {
    const counts = this.#counts.get(value) ?? { buckets: Array<number>(BOUNDS.length).fill(0), sum: 0, count: 0 };
    const first = BOUNDS.findIndex((bound) => seconds <= bound);
    if (first !== -1) counts.buckets[first] = (counts.buckets[first] ?? 0) + 1;
    counts.sum += seconds;
    counts.count += 1;
    this.#counts.set(value, counts);
  }

  family(): Family {
    const samples = [...this.#counts].flatMap(([value, { buckets, sum, count }]) => {
      const labels = { [this.#label]: value };
      let within = 0;
      const rows = BOUNDS.map((bound, index) => {
        within += buckets[index] ?? 0;
        return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: within } as const;
      });
      return [
        ...rows,
        { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count } as const,
        { suffix: '_sum', labels, value: sum } as const,
        { suffix: '_count', labels, value: count } as const,
      ];
    });
    return { name: this.#name, help: this.#help, type: 'histogram', samples };
  }
}
