import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Makes sure that one executor alone uses a home. The lock is a socket in the abstract namespace: the kernel frees it with
 * the process, however that ends, and no stale file is left behind.
 * @throws when another executor has it
 */
export async function lockHome(home: string): Promise<() => void> {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(`\0vmctl-executor-${digest}`);
    await once(server, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new Error(`another vm-executor uses ${home}; stop it first, or name another folder with --home`, { cause });
  }
  server.unref();
  return () => server.close();
}
