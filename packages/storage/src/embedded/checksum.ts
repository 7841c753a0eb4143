import { crc32 } from 'node:zlib';

const checksumBytes = 4;

/**
 * Every record's value ends in the CRC-32 of its key and its payload, so that a flipped bit is found in either, and a
 * record that turns up under another's key as well.
 */
export function withChecksum(key: Uint8Array, payload: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(payload.length + checksumBytes);
  value.set(payload);
  return closeChecksum(key, value);
}

/** As `withChecksum`, on a value whose last four bytes were left free for it. */
export function closeChecksum(key: Uint8Array, value: Uint8Array): Uint8Array {
  const end = value.length - checksumBytes;
  writeUint32(value, end, crc32(value.subarray(0, end), crc32(key)));
  return value;
}

/** The payload, a view of the value; undefined when the checksum does not fit. */
export function checkedPayload(key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
  const end = value.length - checksumBytes;
  if (end < 0) return undefined;
  const payload = value.subarray(0, end);
  return crc32(payload, crc32(key)) === readUint32(value, end) ? payload : undefined;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
