import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one file on loopback, in a process of its own so that neither side of a comparison pays for it; prints its URL. */
const path = process.argv[2] ?? '';
const { size } = statSync(path);
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-length': size, etag: '"one"' });
  createReadStream(path, { highWaterMark: 1024 ** 2 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.img`));
