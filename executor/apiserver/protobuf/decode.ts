import { badRequest } from '../status-error.ts';
import { type Field, fieldsOf } from './messages.ts';
import { wireFields } from './wire.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

/** What every protobuf body of Kubernetes begins with; then comes a runtime.Unknown. */
const magic = Buffer.from('k8s\0');

/** Decodes a request body of a built-in kind into the object that its JSON would be. @throws StatusError 400 */
export function decodeProtobuf(body: Buffer): Record<string, unknown> {
  if (!body.subarray(0, magic.length).equals(magic)) throw badRequest('the body is not Kubernetes protobuf');
  try {
    return decodeUnknown(body.subarray(magic.length));
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`the body is not valid protobuf: ${error.message}`);
    throw error;
  }
}

/** `1: {1: apiVersion, 2: kind}, 2: the object` */
function decodeUnknown(unknown: Buffer): Record<string, unknown> {
  const parts = new Map([...wireFields(unknown)].map(({ number, value }) => [number, value]));
  const type = new Map([...wireFields(asBytes(parts.get(1)))].map(({ number, value }) => [number, String(value)]));
  const [apiVersion = '', kind = ''] = [type.get(1), type.get(2)];
  const message = apiVersion.startsWith('events.k8s.io/') ? `events.k8s.io/${kind}` : kind;
  if (!fieldsOf(message)) throw badRequest(`${kind} in version "${apiVersion}" is not accepted as protobuf: send JSON`);
  return { apiVersion, kind, ...decodeMessage(message, asBytes(parts.get(2))) };
}

function decodeMessage(message: string, bytes: Buffer): Record<string, unknown> {
  const fields = fieldsOf(message);
  const object: Record<string, unknown> = {};
  for (const { number, value } of wireFields(bytes)) {
    const field = fields?.get(number);
    if (!field) throw badRequest(`${message} has no protobuf field ${number} that this server knows: send JSON`);
    add(object, field, value);
  }
  return object;
}

/** Go writes what is empty too, and leaves it out of JSON. */
function add(object: Record<string, unknown>, { name, type, repeated }: Field, value: bigint | Buffer): void {
  const decoded = scalar(type, value);
  if (repeated) object[name] = [...((object[name] as unknown[] | undefined) ?? []), decoded];
  else if (type === 'strings' || type === 'blobs')
    object[name] = { ...(object[name] as object), ...(decoded as object) };
  else if (!isEmpty(decoded)) object[name] = decoded;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === '' || value === 0 || value === false || JSON.stringify(value) === '{}';

const scalars: Record<string, (value: bigint | Buffer) => unknown> = {
  string: (value) => asBytes(value).toString('utf8'),
  int: (value) => Number(BigInt.asIntN(64, asNumber(value))),
  bool: (value) => asNumber(value) !== 0n,
  json: (value) => JSON.parse(entry(asBytes(value)).key?.toString('utf8') ?? '{}'),
  time: (value) => timeOf(asBytes(value), 0),
  microtime: (value) => timeOf(asBytes(value), 6),
  strings: (value) => mapEntry(asBytes(value), 'utf8'),
  blobs: (value) => mapEntry(asBytes(value), 'base64'),
  ignored: () => undefined,
};

const scalar = (type: string, value: bigint | Buffer): unknown =>
  (scalars[type] ?? ((bytes: bigint | Buffer) => decodeMessage(type, asBytes(bytes))))(value);

function entry(bytes: Buffer): { key?: Buffer; value?: Buffer } {
  const parts = new Map([...wireFields(bytes)].map(({ number, value }) => [number, asBytes(value)]));
  const [key, value] = [parts.get(1), parts.get(2)];
  return { ...(key && { key }), ...(value && { value }) };
}

function mapEntry(bytes: Buffer, encoding: 'utf8' | 'base64'): Record<string, string> {
  const { key, value } = entry(bytes);
  return { [key?.toString('utf8') ?? '']: value?.toString(encoding) ?? '' };
}

/** RFC 3339 with so many digits of a second. */
function timeOf(bytes: Buffer, digits: number): string | undefined {
  if (bytes.length === 0) return undefined;
  const parts = new Map([...wireFields(bytes)].map(({ number, value }) => [number, Number(asNumber(value))]));
  const whole = new Date((parts.get(1) ?? 0) * 1000).toISOString().slice(0, 19);
  const fraction =
    digits > 0
      ? `.${String(parts.get(2) ?? 0)
          .padStart(9, '0')
          .slice(0, digits)}`
      : '';
  return `${whole}${fraction}Z`;
}

function asBytes(value: bigint | Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  if (typeof value === 'bigint') throw new RangeError('a number where bytes belong');
  return value;
}

function asNumber(value: bigint | Buffer): bigint {
  if (typeof value !== 'bigint') throw new RangeError('bytes where a number belongs');
  return value;
}
