import type { Host } from '../import/remote/connect.ts';
import { type Places, places } from './files.ts';
import { type Init, runningProgram } from './init.ts';
import type { Observed } from './plan.ts';
import { readFile, tried } from './remote.ts';

/** Looks at a host. */
export async function observeNode(host: Host, at: Places, init: Init): Promise<Observed> {
  const { current, kubeconfig, ca, token, run } = places(at);
  return {
    release: await tried(host, ['readlink', current]),
    kubeconfig: await readFile(host, kubeconfig),
    ca: await readFile(host, ca),
    token: (await readFile(host, token))?.trim(),
    run: await readFile(host, run),
    service: await init.observe(host),
    running: await runningProgram(host, at),
  };
}

/** Programs without which no machine starts, and the Debian packages that have them. */
const PROGRAMS = { 'qemu-system-x86_64': 'qemu-system-x86', 'qemu-img': 'qemu-utils' } as const;

/** What a person should know of the host before machines come. */
export async function remarksOn(host: Host): Promise<string[]> {
  const remarks: string[] = [];
  for (const [program, packageName] of Object.entries(PROGRAMS)) {
    if ((await tried(host, ['sh', '-c', 'command -v "$1"', 'sh', program])) === undefined)
      remarks.push(`${host.name} has no ${program}: no machine starts before it is installed (Debian: ${packageName})`);
  }
  if ((await tried(host, ['test', '-c', '/dev/kvm'])) === undefined)
    remarks.push(`${host.name} has no /dev/kvm: guests are emulated there, which is much slower`);
  return remarks;
}
