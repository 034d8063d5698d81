/** One field as it is on the wire: a varint, or bytes. */
export interface WireField {
  number: number;
  value: bigint | Buffer;
}

/** Splits a protobuf message into its fields. @throws RangeError when it is cut short or of an unknown wire type */
export function* wireFields(message: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint is longer than ten bytes');
  };
  const bytes = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError('a field is longer than its message');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const read = { 0: varint, 1: () => bytes(8), 2: () => bytes(Number(varint())), 5: () => bytes(4) }[tag & 7];
    if (!read) throw new RangeError(`unknown wire type ${tag & 7}`);
    yield { number: tag >>> 3, value: read() };
  }
}
