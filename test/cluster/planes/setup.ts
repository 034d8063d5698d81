import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';
import { missingPlanes, type Plane, startPlane } from './plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket where control planes are had, or why there are none. */
    planes: { readonly socket: string } | { readonly missing: string };
  }
}

/**
 * Lends control planes to the tests of a run, each to one executor at a time: pools and networks are cluster-scoped. A plane
 * is made when none is free, emptied before it is lent again, and comes back when the connection to this socket ends,
 * however the borrower did.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = missingPlanes();
  if (missing) {
    project.provide('planes', { missing });
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-planes-'));
  const socket = join(folder, 'planes.sock');
  const lender = new Lender();
  const server = createServer((borrower) => void lender.lend(borrower)).listen(socket);
  await once(server, 'listening');
  project.provide('planes', { socket });
  return async () => {
    server.close();
    await lender.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

class Lender {
  readonly #all: Promise<Plane>[] = [];
  readonly #free: Plane[] = [];

  async lend(borrower: Socket): Promise<void> {
    // What breaks is the end of the loan as well.
    borrower.on('error', () => {});
    const returned = once(borrower, 'close');
    try {
      const [line] = (await once(createInterface({ input: borrower }), 'line')) as [string];
      const { nodeName } = JSON.parse(line) as { nodeName: string };
      const plane = await this.#take();
      const nodeKubeconfig = plane.identity(`system:vmctl-node:${nodeName}`, 'vmctl:nodes');
      borrower.write(`${JSON.stringify({ kubeconfig: plane.kubeconfig, nodeKubeconfig, address: plane.address })}\n`);
      await returned;
      await plane.empty();
      this.#free.push(plane);
    } catch (error) {
      borrower.end(`${JSON.stringify({ error: (error as Error).message })}\n`);
    }
  }

  async #take(): Promise<Plane> {
    const free = this.#free.pop();
    if (free) return free;
    const made = startPlane();
    this.#all.push(made);
    return made;
  }

  async close(): Promise<void> {
    for (const plane of await Promise.allSettled(this.#all)) {
      if (plane.status === 'fulfilled') await plane.value[Symbol.asyncDispose]();
    }
  }
}
