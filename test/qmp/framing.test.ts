import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, MessageDecoder } from '../../executor/qmp/framing.ts';
import { connectQmp, QmpProtocolError } from '../../executor/qmp/index.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

const decodeAll = (chunks: readonly Buffer[], limit?: number) => {
  const decoder = new MessageDecoder(limit);
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
};

describe('framing', () => {
  it('puts any messages together again, however the stream was cut', () => {
    const message = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(message), fc.integer({ min: 1, max: 50 }), (messages, size) => {
        const stream = Buffer.from(messages.map(encode).join(''));
        const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
          stream.subarray(i * size, (i + 1) * size),
        );
        expect(decodeAll(chunks)).toEqual(JSON.parse(JSON.stringify(messages)));
      }),
    );
  });

  it('takes a message of megabytes in small pieces', () => {
    const huge = { data: 'x'.repeat(3_000_000) };
    const stream = Buffer.from(encode(huge));
    const chunks = Array.from({ length: 300 }, (_, i) => stream.subarray(i * 10_001, (i + 1) * 10_001));
    expect(decodeAll(chunks)).toEqual([huge]);
  });

  it('skips empty lines and takes the carriage returns that qemu sends', () => {
    expect(decodeAll([Buffer.from('\r\n{"a":1}\r\n\n{"b":2}\n')])).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'expected a line of JSON from qemu, got "SSH-2.0-OpenSSH_9.2"'],
    ['[1,2]\n', 'expected a JSON object from qemu, got "[1,2]"'],
    ['null\n', 'expected a JSON object from qemu, got "null"'],
    ['7\n', 'expected a JSON object from qemu, got "7"'],
    [`{"a":"${'y'.repeat(200)}\n`, '…"'],
  ])('says what it got instead: %j', (garbage, expected) => {
    expect(() => decodeAll([Buffer.from(garbage)])).toThrow(QmpProtocolError);
    expect(() => decodeAll([Buffer.from(garbage)])).toThrow(expected);
  });

  it('refuses an endless line before it fills the memory', () => {
    expect(() => decodeAll([Buffer.alloc(600), Buffer.alloc(600)], 1000)).toThrow('more than 1000 bytes');
  });
});

describe('a server that is no qemu', () => {
  const answer = async (text: string) => {
    const folder = await temporaryFolder();
    const server = createServer((socket) => socket.end(text));
    const path = join(folder, 's.sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      return await connectQmp(path).catch((error: unknown) => error);
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  };

  it.each([
    ['220 mail.example.org ESMTP\r\n', 'expected a line of JSON'],
    ['{"hello":"world"}\n', 'expected a greeting, an answer or an event'],
    ['{"error":{"class":"GenericError","desc":"JSON parse error"}}\n', 'qemu could not read our message'],
    ['', 'was closed by qemu'],
  ])('is told apart: %j', async (text, expected) => {
    expect(await answer(text)).toMatchObject({ message: expect.stringContaining(expected) });
  });
});
