import type { IncomingMessage } from 'node:http';
import { decodeProtobuf, protobufType } from '../protobuf/decode.ts';
import { badRequest, tooLarge } from '../status-error.ts';
import { duplicateKeys } from './duplicates.ts';
import { contentType, objectTypes } from './negotiate.ts';

/** As kube-apiserver's `MaxRequestBodyBytes`. */
export const bodyLimit = 3 * 1024 * 1024;

export interface Document {
  value: unknown;
  text: string;
  /** Paths that the text gives twice. */
  duplicates: string[];
}

/** Reads and parses a body by its media type. @throws StatusError 400, 413, 415 */
export async function readDocument(req: IncomingMessage, accepted: readonly string[] = objectTypes): Promise<Document> {
  const type = contentType(req, accepted);
  const body = await readBody(req);
  if (type === protobufType) return { value: decodeProtobuf(body), text: '', duplicates: [] };
  return parseDocument(body.toString('utf8'), type.endsWith('yaml'));
}

/** Reads a whole body. @throws StatusError 413 */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge(bodyLimit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw tooLarge(bodyLimit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Parses JSON or, when `yaml`, YAML. @throws StatusError 400 */
export async function parseDocument(text: string, yaml: boolean): Promise<Document> {
  return yaml ? parseYaml(text) : parseJson(text);
}

function parseJson(text: string): Document {
  try {
    return { value: JSON.parse(text), text, duplicates: duplicateKeys(text) };
  } catch (error) {
    throw badRequest(`the body is not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** YAML comes with `kubectl apply --server-side`; the parser is loaded for the first such request. */
async function parseYaml(text: string): Promise<Document> {
  if (/^\s*\{/.test(text)) {
    try {
      return { value: JSON.parse(text), text, duplicates: duplicateKeys(text) };
    } catch {
      // A YAML flow mapping also begins with a brace.
    }
  }
  const { parseDocument: parse, isMap, isScalar, visit } = await import('yaml');
  const document = parse(text, { uniqueKeys: false, version: '1.1', merge: true });
  const [error] = document.errors;
  if (error) throw badRequest(`error decoding YAML: ${error.message}`);
  const duplicates: string[] = [];
  visit(document, {
    Map(_, node, path) {
      const seen = new Set<string>();
      for (const { key } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        if (seen.has(name)) duplicates.push([...pathNames(path), name].join('.'));
        seen.add(name);
      }
    },
  });
  return { value: document.toJS({ maxAliasCount: 100 }), text, duplicates };

  function pathNames(path: readonly unknown[]): string[] {
    return path.flatMap((node) => {
      const key = typeof node === 'object' && node !== null && 'key' in node ? node.key : undefined;
      return key === undefined || isMap(key) ? [] : [isScalar(key) ? String(key.value) : String(key)];
    });
  }
}
