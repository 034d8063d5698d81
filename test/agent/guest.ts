import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Request {
  readonly execute: string;
  readonly arguments?: { readonly [name: string]: unknown };
}

/** What a guest does with a request; nothing for the usual answer. */
export type Behaviour = (request: Request, socket: Socket) => unknown;

export interface GuestEnd extends AsyncDisposable {
  readonly path: string;
  /** Commands that came, syncs left out. */
  readonly commands: string[];
}

/** Answers a sync as qemu-ga does. */
export const answerSync = (request: Request, socket: Socket, id: unknown = request.arguments?.['id']): void => {
  socket.write(Buffer.concat([Buffer.of(0xff), Buffer.from(`${JSON.stringify({ return: id })}\n`)]));
};

/** The guest's end of a channel, as hostile as a test wants it: a guest may run anything there. */
export async function guestEnd(behave: Behaviour): Promise<GuestEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-agent-'));
  const path = join(folder, 'channel.sock');
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1').replaceAll('\xff', '');
      for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
        const request = JSON.parse(rest.slice(0, at)) as Request;
        rest = rest.slice(at + 1);
        if (request.execute !== 'guest-sync-delimited') commands.push(request.execute);
        const answer = behave(request, socket);
        if (answer !== undefined) socket.write(`${JSON.stringify({ return: answer })}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    commands,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A guest that answers syncs as it should, and commands as told. */
export const agentThat = (answer: Behaviour): Promise<GuestEnd> =>
  guestEnd((request, socket) => {
    if (request.execute === 'guest-sync-delimited') return answerSync(request, socket);
    return answer(request, socket);
  });
