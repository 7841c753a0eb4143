/** Slicing by eight: table k holds the checksum of a byte followed by k zero bytes. 0x82f63b78 is Castagnoli's polynomial, reflected. */
const tables = makeTables();

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes[from..until)`, an unsigned 32-bit number.
 *
 * Finds every error confined to 32 consecutive bits, so every damaged byte, and all but one in 2^32 of the others.
 *
 * @example crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array, from = 0, until = bytes.length): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = -1;
  let at = from;
  for (; at + 8 <= until; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t7[crc & 255]! ^ t6[(crc >>> 8) & 255]! ^ t5[(crc >>> 16) & 255]! ^ t4[crc >>> 24]!
      ^ t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!;
  }
  for (; at < until; at += 1) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

type Table = Int32Array;

function makeTables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc;
  });
  const next = (table: Table): Table => table.map((crc) => first[crc & 255]! ^ (crc >>> 8));
  const [t1, t2, t3] = [next(first), next(next(first)), next(next(next(first)))];
  return [first, t1, t2, t3, next(t3), next(next(t3)), next(next(next(t3))), next(next(next(next(t3))))];
}
