import { startStandIn } from './server.ts';

/** A stand-in in a process of its own: `main.ts SOCKET`. Says so when it serves, and ends with its standard input. */
const [, , path = ''] = process.argv;
const standIn = await startStandIn(path);
process.stdout.write('ready\n');
process.stdin.resume().on('end', () => void standIn.close().then(() => process.exit()));
