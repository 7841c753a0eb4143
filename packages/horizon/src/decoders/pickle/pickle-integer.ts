/** Integers of more bytes are beyond every double. */
const maxBytes = 129;

/**
 * A little-endian two's complement integer of any length (LONG1, LONG4) as the nearest double, ties to even; infinite beyond 1.8e308.
 *
 * @example readLongInteger(Buffer.from([0xff, 0x00]), 0, 2) // 255
 */
export function readLongInteger(bytes: Buffer, start: number, length: number): number {
  if (length === 0) return 0;
  if (length <= 6) return bytes.readIntLE(start, length);
  const negative = bytes[start + length - 1]! >= 0x80;
  const filling = negative ? 0xff : 0;
  let used = length;
  while (used > 7 && bytes[start + used - 1] === filling && bytes[start + used - 2]! >= 0x80 === negative) used--;
  if (used > maxBytes) return negative ? -Infinity : Infinity;
  const hex = Buffer.from(bytes.subarray(start, start + used)).reverse().toString('hex');
  return Number(BigInt.asIntN(8 * used, BigInt(`0x${hex}`)));
}
