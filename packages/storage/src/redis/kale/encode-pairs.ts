const mostBytesAPair = 19;

/**
 * Datapoints as Skyline keeps them: for each one the bytes that msgpack-python makes of `[timestamp, value]`, one after another. A whole timestamp is an unsigned
 * integer of four bytes or fewer, a fractional one and every value a double. Columns as in a `Series`.
 *
 * @example encodePairs(Float64Array.of(60), Float64Array.of(7)) // 92 3c cb 40 1c 00 00 00 00 00 00
 */
export function encodePairs(timestamps: Float64Array, values: Float64Array): Buffer {
  const bytes = Buffer.allocUnsafe(timestamps.length * mostBytesAPair);
  let at = 0;
  for (let i = 0; i < timestamps.length; i += 1) {
    at = bytes.writeUInt8(0x92, at);
    at = writeTimestamp(bytes, at, timestamps[i]!);
    at = bytes.writeDoubleBE(values[i]!, bytes.writeUInt8(0xcb, at));
  }
  return bytes.subarray(0, at);
}

function writeTimestamp(bytes: Buffer, at: number, timestamp: number): number {
  if (!Number.isInteger(timestamp)) return bytes.writeDoubleBE(timestamp, bytes.writeUInt8(0xcb, at));
  if (timestamp < 0x80) return bytes.writeUInt8(timestamp, at);
  if (timestamp < 0x100) return bytes.writeUInt8(timestamp, bytes.writeUInt8(0xcc, at));
  if (timestamp < 0x10000) return bytes.writeUInt16BE(timestamp, bytes.writeUInt8(0xcd, at));
  return bytes.writeUInt32BE(timestamp, bytes.writeUInt8(0xce, at));
}
