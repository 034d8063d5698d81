import { readFileSync } from 'node:fs';
import { createClient } from '../../schemas/client/client.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { type ExecutorEndpoint, homeFiles } from '../../schemas/home.ts';

const PROGRAM = 'vm-executor';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** True where the process runs this home's executor: a process id alone may be somebody else's by now. */
export function isExecutor(pid: number, home: string): boolean {
  const args = read(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
  return args.some((arg) => arg.includes(PROGRAM)) && args.includes(home);
}

/** Process id of the executor that runs in a home. */
export function runningPid(home: string): number | undefined {
  const pid = Number.parseInt(read(homeFiles(home).pid) ?? '', 10);
  return Number.isInteger(pid) && pid > 1 && isExecutor(pid, home) ? pid : undefined;
}

export function endpointFile(home: string): ExecutorEndpoint | undefined {
  try {
    return JSON.parse(read(homeFiles(home).endpoint) ?? '') as ExecutorEndpoint;
  } catch {
    return undefined;
  }
}

export async function answers(socketPath: string): Promise<boolean> {
  const client = createClient(createTransport({ socketPath }));
  try {
    return (await client.transport.open({ method: 'GET', path: '/readyz' })).statusCode === 200;
  } catch {
    return false;
  } finally {
    client.transport.close();
  }
}

/** The endpoint of a home whose executor runs and answers. */
export async function liveEndpoint(home: string): Promise<ExecutorEndpoint | undefined> {
  const pid = runningPid(home);
  const endpoint = endpointFile(home);
  if (pid === undefined || endpoint?.pid !== pid) return undefined;
  return (await answers(endpoint.socketPath)) ? endpoint : undefined;
}
