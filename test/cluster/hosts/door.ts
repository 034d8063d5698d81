import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from '../servers.ts';

/** The API servers as hosts in namespaces of their own reach them: a socket of the file system leads to them. */
export interface Door extends AsyncDisposable {
  readonly socketPath: string;
  /** A kubeconfig that names the port behind which a relay is, in each namespace. */
  readonly kubeconfig: string;
}

export const PORT = 6443;

export async function openDoor(cluster: Cluster, folder: string): Promise<Door> {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
  };
  const [{ cluster: named } = { cluster: { server: '' } }] = config.clusters;
  const { port } = new URL(named.server);
  named.server = `https://127.0.0.1:${PORT}`;
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const socketPath = join(folder, 'api.sock');
  const server = createServer((inside) => {
    const outside = connect(Number(port), '127.0.0.1');
    inside.on('error', () => outside.destroy()).pipe(outside);
    outside.on('error', () => inside.destroy()).pipe(inside);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    kubeconfig,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
