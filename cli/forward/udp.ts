import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { WebSocket } from 'ws';
import { bytesOf } from '../../schemas/client/tunnel.ts';
import type { Listener, Told } from './tcp.ts';

/** A peer that is silent for so long is forgotten, as by a router. */
const IDLE_MS = 60_000;
/** Datagrams that wait for their connection to be there. */
const MOST_WAITING = 64;

interface Peer {
  send(datagram: Buffer): void;
}

type Answer = (datagram: Buffer) => void;

/** One who sends: a connection to the guest is its own, so that answers find the way back. */
function openPeer(dial: () => Promise<WebSocket>, answer: Answer, tell: Told, gone: () => void): Peer {
  let socket: WebSocket | undefined;
  const waiting: Buffer[] = [];
  const idle = setTimeout(() => (socket ? socket.close() : gone()), IDLE_MS).unref();
  const join = (opened: WebSocket): void => {
    socket = opened;
    opened.on('message', (data) => answer(bytesOf(data)));
    opened.on('error', () => opened.terminate());
    opened.on('close', gone);
    opened.resume();
    for (const datagram of waiting.splice(0)) opened.send(datagram);
  };
  dial().then(join, (error: Error) => {
    tell(error.message);
    clearTimeout(idle);
    gone();
  });
  return {
    send: (datagram) => {
      idle.refresh();
      if (socket) socket.send(datagram, () => {});
      else if (waiting.length < MOST_WAITING) waiting.push(datagram);
    },
  };
}

/** Listens for datagrams and brings each to the guest, and what it answers back to who sent it. @throws when the port is taken */
export async function listenUdp(
  address: string,
  port: number,
  dial: () => Promise<WebSocket>,
  tell: Told,
): Promise<Listener> {
  const server = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const peers = new Map<string, Peer>();
  const peerOf = ({ address: from, port: fromPort }: RemoteInfo): Peer => {
    const key = `${from} ${fromPort}`;
    const known = peers.get(key);
    if (known) return known;
    const answer: Answer = (datagram) => server.send(datagram, fromPort, from, () => {});
    const peer = openPeer(dial, answer, tell, () => peers.delete(key));
    peers.set(key, peer);
    return peer;
  };
  server.bind(port, address);
  await once(server, 'listening');
  server.on('error', (error) => tell(error.message));
  server.on('message', (datagram, from) => peerOf(from).send(datagram));
  return { port: server.address().port, close: () => server.close() };
}
