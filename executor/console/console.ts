import type { WebSocket } from 'ws';
import type { HostOf } from '../access/host.ts';
import { acceptWebSocket } from '../access/upgrade.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { type ConsolePlace, locateConsole } from './locate.ts';
import { countOf, isSet } from './log.ts';
import { openSession, type Session } from './session.ts';

/** Close codes of our own, as RFC 6455 leaves them to applications; the reason says it in words. */
export const CLOSED = { normally: 1000, taken: 4409, notRunning: 4404 } as const;

/** Lines that are shown first where the client does not say: enough to see a prompt. */
const TAIL_LINES = 10;

/**
 * `…/virtualmachines/NAME/console`, a WebSocket: each binary message is bytes from or to the guest. One client at a time;
 * `?force=true` takes the place of the one before, `?tail=N` shows the last lines first.
 */
export function consoleHandler(host: HostOf): SubresourceHandler {
  const sessions = new Map<string, { session: Session; user: string }>();

  async function serve(socket: WebSocket, place: ConsolePlace, user: string, query: URLSearchParams): Promise<void> {
    const { name } = place.machine.metadata;
    const before = sessions.get(place.uid);
    if (!place.running) return socket.close(CLOSED.notRunning, `the machine ${name} does not run`);
    if (before && !before.session.isOver && !isSet(query, 'force')) {
      return socket.close(CLOSED.taken, `the console of ${name} is in use by ${before.user}; force takes it over`);
    }
    before?.session.end(CLOSED.taken, `${user} has taken the console of ${name} over`);
    const session = await openSession(socket, place, countOf(query, 'tail') ?? TAIL_LINES);
    sessions.set(place.uid, { session, user });
    await session.ended;
    if (sessions.get(place.uid)?.session === session) sessions.delete(place.uid);
  }

  return {
    async upgrade(request, stream, head, { namespace, name, query, user }) {
      countOf(query, 'tail');
      const place = locateConsole(host(), namespace, name);
      const socket = await acceptWebSocket(request, stream, head);
      await serve(socket, place, user.name, query);
    },
  };
}
