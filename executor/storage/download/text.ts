import type { IncomingMessage } from 'node:http';
import { DownloadRefusedError } from './errors.ts';

/** A whole answer, which must be small. @throws DownloadRefusedError when it is longer than that */
export async function readBounded(response: IncomingMessage, what: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new DownloadRefusedError('TooLarge', `${what} is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
