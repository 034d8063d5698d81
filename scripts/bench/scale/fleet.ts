import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoints } from '../stand-in/executor.ts';
import type { Report } from './worker.ts';
import { Worker } from './workers.ts';

/** Executors beside the one that has a process of its own. */
const PROCESSES = 3;

/** Many executors, the first one alone in its process as a daemon is. */
export interface Fleet extends AsyncDisposable {
  readonly nodes: readonly string[];
  /** What all of them have used and said; memory that of the processes. */
  total(): Promise<Report>;
  /** The one that is alone. */
  single(): Promise<Report>;
}

/** @param file the built worker */
export async function startFleet(file: string, folder: string, endpoints: Endpoints, size: number): Promise<Fleet> {
  const nodes = Array.from({ length: size }, (_, index) => `node-${index}`);
  const others = nodes.slice(1);
  const groups = [
    nodes.slice(0, 1),
    ...Array.from({ length: PROCESSES }, (_, i) => others.filter((_, n) => n % PROCESSES === i)),
  ];
  const stack = new AsyncDisposableStack();
  const workers: Worker[] = [];
  try {
    for (const [index, group] of groups.entries()) {
      if (group.length === 0) continue;
      const standIn = join(folder, `q${index}`);
      mkdirSync(standIn);
      stack.use(await Worker.start(file, { role: 'stand-in', folder: standIn }));
      workers.push(
        stack.use(await Worker.start(file, { role: 'executors', folder, endpoints, nodes: group, standIn })),
      );
    }
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return {
    nodes,
    total: async () => (await Promise.all(workers.map((worker) => worker.report()))).reduce(plus),
    single: () => (workers[0] as Worker).report(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function plus(a: Report, b: Report): Report {
  const requests = { ...a.requests };
  for (const [key, count] of Object.entries(b.requests)) requests[key] = (requests[key] ?? 0) + count;
  const watched = { ...a.watched };
  for (const [key, { bytes, events }] of Object.entries(b.watched)) {
    const sum = watched[key] ?? { bytes: 0, events: 0 };
    watched[key] = { bytes: sum.bytes + bytes, events: sum.events + events };
  }
  return { cpuMs: a.cpuMs + b.cpuMs, rssBytes: a.rssBytes + b.rssBytes, requests, watched };
}
