import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { MessageDecoder } from '../../../executor/qmp/framing.ts';
import { ANSWERS, EVENTS, type Machine, machineOf } from './answers.ts';

const GREETING = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: 'stand-in' }, capabilities: [] },
};
const MONITOR = /^socket,id=(?:control|rescue),path=(.*),server=on,wait=off$/;
const LENGTH_BYTES = 8;
/** As many machines may be started at once. */
const BACKLOG = 4096;

/** Answers QMP for every process of the program that `program.ts` makes. */
export interface StandIn {
  /** Machines whose process lives. */
  readonly size: number;
  /** Ends every process. */
  close(): Promise<void>;
}

/** Serves at `path`, a socket that the program was made for. */
export async function startStandIn(path: string): Promise<StandIn> {
  const processes = new Set<Socket>();
  const server = createServer((process) => {
    processes.add(process);
    process.on('error', () => process.destroy());
    process.on('close', () => processes.delete(process));
    void argumentsOf(process).then((argv) => serveMachine(process, argv));
  });
  server.listen({ path, backlog: BACKLOG, writableAll: true });
  await once(server, 'listening');
  return {
    get size() {
      return processes.size;
    },
    async close() {
      server.close();
      for (const process of processes) process.destroy();
      await once(server, 'close');
    },
  };
}

/** What the program says first. A process that ends before leaves this waiting for ever, with nothing that holds it. */
function argumentsOf(process: Socket): Promise<string[]> {
  return new Promise((resolve) => {
    let said = Buffer.alloc(0);
    process.on('data', function take(chunk: Buffer) {
      said = Buffer.concat([said, chunk]);
      if (said.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + Number(said.readBigUInt64LE());
      if (said.length < end) return;
      process.off('data', take);
      process.resume();
      resolve(said.toString('utf8', LENGTH_BYTES, end).split('\0').slice(0, -1));
    });
  });
}

/** Opens the monitors of one command line. They close with the process, and it ends with `quit`. */
function serveMachine(process: Socket, argv: readonly string[]): void {
  const machine = machineOf(argv);
  const clients = new Set<Socket>();
  const monitors = argv.flatMap((word) => {
    const path = MONITOR.exec(word)?.[1];
    return path === undefined ? [] : [serveMonitor(path, machine, clients, () => process.destroy())];
  });
  process.on('close', () => {
    for (const monitor of monitors) monitor.close();
    for (const client of clients) client.destroy();
  });
}

function serveMonitor(path: string, machine: Machine, clients: Set<Socket>, quit: () => void): Server {
  const server = createServer((client) => {
    clients.add(client);
    const decoder = new MessageDecoder();
    client.on('error', () => client.destroy());
    client.on('close', () => clients.delete(client));
    client.on('data', (chunk: Buffer) => {
      for (const message of decoder.push(chunk)) answer(client, machine, message as unknown as Command, quit);
    });
    say(client, GREETING);
  });
  // The folder may be gone with its machine by now.
  server.on('error', quit);
  return server.listen(path);
}

interface Command {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly id?: number;
}

const say = (client: Socket, message: object): void => void client.write(`${JSON.stringify(message)}\r\n`);

function answer(client: Socket, machine: Machine, { execute, arguments: args = {}, id }: Command, quit: () => void) {
  const act = ANSWERS[execute];
  if (!act) {
    const error = { class: 'CommandNotFound', desc: `The command ${execute} has not been found` };
    return say(client, { error, id });
  }
  say(client, { return: act(machine, args), id });
  const event = EVENTS[execute];
  const seconds = Math.floor(Date.now() / 1000);
  if (event) say(client, { event, data: {}, timestamp: { seconds, microseconds: 0 } });
  if (execute === 'quit') quit();
}
