import { bytes, double, integer } from '../protobuf/write.ts';

/** Media type under which kubectl asks for OpenAPI 2.0, and under no other. */
export const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** What it is answered as: an `@` is allowed in no media type. Both as in kube-openapi's `handler`. */
export const V2_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

type Json = Record<string, unknown>;
type Write = (field: number, value: never) => Buffer;

/** How each key of an OpenAPI object is written: the field's number in the message, and as what. */
type Message = Readonly<Record<string, readonly [field: number, write: Write]>>;

const text: Write = (field, value: string) => bytes(field, value);
const flag: Write = (field, value: boolean) => integer(field, value ? 1 : 0);
const whole: Write = (field, value: number) => integer(field, value);
const real: Write = (field, value: number) => double(field, value);
/** `Any`: its second field is YAML, of which JSON is a part. */
const any: Write = (field, value: unknown) => bytes(field, bytes(2, JSON.stringify(value)));
const each =
  (write: Write): Write =>
  (field, values: unknown[]) =>
    Buffer.concat(values.map((value) => write(field, value as never)));

/** A message within a message, told of only when it is written, since schemas hold schemas. */
const nested =
  (message: () => Message): Write =>
  (field, value: Json) =>
    bytes(field, encode(message(), value));

/** A map: a message whose `entries` field repeats pairs of name (1) and value (2). */
const named =
  (entries: number, value: Write): Write =>
  (field, map: Json) =>
    bytes(
      field,
      Buffer.concat(
        Object.entries(map).map(([name, item]) =>
          bytes(entries, Buffer.concat([bytes(1, name), value(2, item as never)])),
        ),
      ),
    );

const wrapped =
  (inner: number, write: Write): Write =>
  (field, value) =>
    bytes(field, write(inner, value));

const additional: Write = (field, value: boolean | Json) =>
  bytes(field, typeof value === 'boolean' ? flag(2, value as never) : nested(() => SCHEMA)(1, value as never));

/**
 * Messages of gnostic's OpenAPIv2.proto, as far as our documents use them; `x-` keys go into the field `x-`.
 * Source: https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
const SCHEMA: Message = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, real],
  maximum: [7, real],
  exclusiveMaximum: [8, flag],
  minimum: [9, real],
  exclusiveMinimum: [10, flag],
  maxLength: [11, whole],
  minLength: [12, whole],
  pattern: [13, text],
  maxItems: [14, whole],
  minItems: [15, whole],
  uniqueItems: [16, flag],
  maxProperties: [17, whole],
  minProperties: [18, whole],
  required: [19, each(text)],
  enum: [20, each(any)],
  additionalProperties: [21, additional],
  type: [22, wrapped(1, text)],
  items: [
    23,
    wrapped(
      1,
      nested(() => SCHEMA),
    ),
  ],
  properties: [
    25,
    named(
      1,
      nested(() => SCHEMA),
    ),
  ],
  'x-': [31, any],
};

const BODY: Message = {
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, nested(() => SCHEMA)],
};
const QUERY: Message = { required: [1, flag], in: [2, text], description: [3, text], name: [4, text], type: [6, text] };
const PATH: Message = { required: [1, flag], in: [2, text], description: [3, text], name: [4, text], type: [5, text] };

/** ParametersItem.parameter, which is a body parameter or one of four others. */
const parameter: Write = (field, value: Json) => {
  if (value['in'] === 'body') return bytes(field, bytes(1, bytes(1, encode(BODY, value))));
  const other = value['in'] === 'path' ? bytes(4, encode(PATH, value)) : bytes(3, encode(QUERY, value));
  return bytes(field, bytes(1, bytes(2, other)));
};

const OPERATION: Message = {
  description: [3, text],
  operationId: [5, text],
  produces: [6, each(text)],
  consumes: [7, each(text)],
  parameters: [8, each(parameter)],
  'x-': [13, any],
};

const operation = nested(() => OPERATION);
const PATH_ITEM: Message = {
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  patch: [8, operation],
  parameters: [9, each(parameter)],
};

const DOCUMENT: Message = {
  swagger: [1, text],
  info: [2, nested(() => ({ title: [1, text], version: [2, text] }))],
  paths: [
    8,
    named(
      2,
      nested(() => PATH_ITEM),
    ),
  ],
  definitions: [
    9,
    named(
      1,
      nested(() => SCHEMA),
    ),
  ],
};

function encode(message: Message, value: Json): Buffer {
  const extension = message['x-'];
  return Buffer.concat(
    Object.entries(value).flatMap(([key, item]) => {
      if (item === undefined) return [];
      const rule = message[key];
      if (rule) return [rule[1](rule[0], item as never)];
      // NamedAny: the extension's name, then its value.
      if (key.startsWith('x-') && extension)
        return [bytes(extension[0], Buffer.concat([bytes(1, key), any(2, item as never)]))];
      return [];
    }),
  );
}

/** An OpenAPI 2.0 document in protobuf. What it does not carry: the responses, which no client of ours reads. */
export const encodeV2 = (document: object): Buffer => encode(DOCUMENT, document as Json);
