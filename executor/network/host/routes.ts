import { runProgram } from '../run.ts';
import type { Route } from './seen.ts';

interface RawRoute {
  readonly dst?: string;
  readonly gateway?: string;
  readonly protocol?: string;
  readonly metric?: number;
  readonly prefsrc?: string;
}

/** The routes over a device that somebody set: the kernel makes its own, and those of advertisements, anew. */
export async function findRoutes(device: string): Promise<Route[]> {
  const show = (family: 4 | 6) =>
    runProgram('ip', [`-${family}`, '-j', 'route', 'show', 'dev', device]).then((answer) => readRoutes(answer, family));
  return (await Promise.all([show(4), show(6)])).flat();
}

export function readRoutes(answer: string, family: 4 | 6): Route[] {
  const raw = answer.trim() === '' ? [] : (JSON.parse(answer) as RawRoute[]);
  return raw
    .filter(({ protocol, dst }) => dst !== undefined && protocol !== 'kernel' && protocol !== 'ra')
    .map(({ dst = '', gateway, metric, prefsrc }) => ({
      destination: dst,
      ...(gateway !== undefined && { gateway }),
      ...(metric !== undefined && { metric }),
      ...(prefsrc !== undefined && { source: prefsrc }),
      family,
    }));
}
