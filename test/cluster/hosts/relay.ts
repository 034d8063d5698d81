import { connect, createServer } from 'node:net';

/** Listens on a port of the namespace that it runs in, and passes everything on to a socket of the file system outside. */
const [port = '', socketPath = ''] = process.argv.slice(2);

createServer((inside) => {
  const outside = connect(socketPath);
  inside.on('error', () => outside.destroy()).pipe(outside);
  outside.on('error', () => inside.destroy()).pipe(inside);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
