import { readFileSync } from 'node:fs';
import { listPids, readProcess } from '../../executor/host/proc.ts';

/** A process of the host, and when it began: numbers come again. */
export interface Seen {
  readonly pid: number;
  readonly began: string;
}

/** Field 22, after the name, which may have anything in it. Source: proc(5) */
const beganOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';

/** The processes that have words like these among theirs, by program. */
export function findProcesses(program: string, word: string): Seen[] {
  return listPids().flatMap((pid) => {
    const process = readProcess(pid);
    const isIt = process?.state !== 'Z' && process?.argv[0]?.endsWith(program) === true;
    return isIt && process.argv.some((argument) => argument.includes(word)) ? [{ pid, began: beganOf(pid) }] : [];
  });
}

/** The groups of pods that a process is in, in any hierarchy. */
export const podsGroupsOf = ({ pid }: Seen): string[] =>
  readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .filter((line) => line.includes('/kubepods'));

export const rssMebibytes = ({ pid }: Seen): number =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
