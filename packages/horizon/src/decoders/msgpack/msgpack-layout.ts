/** Bytes that follow a value's first byte: its own, and how many values it holds. */
export interface MsgpackHead {
  /** Where its payload starts: a string's bytes, a container's first element. */
  readonly start: number;
  /** Where its payload ends; of a container where it starts. */
  readonly end: number;
  /** Elements of an array, keys and values of a map. */
  readonly children: number;
}

/** Names of the types, as far as they matter here. */
export type MsgpackType = 'integer' | 'float' | 'text' | 'array' | 'map' | 'other' | 'unused';

/** The type of a value by its first byte. Source: github.com/msgpack/msgpack/blob/master/spec.md */
export function typeOf(first: number): MsgpackType {
  if (first < 0x80 || first >= 0xe0 || (first >= 0xcc && first <= 0xd3)) return 'integer';
  if (first < 0x90 || first === 0xde || first === 0xdf) return 'map';
  if (first < 0xa0 || first === 0xdc || first === 0xdd) return 'array';
  if (first < 0xc0 || (first >= 0xc4 && first <= 0xc6) || (first >= 0xd9 && first <= 0xdb)) return 'text';
  if (first === 0xca || first === 0xcb) return 'float';
  return first === 0xc1 ? 'unused' : 'other';
}

/** Reads the head of the value at `at`, as declared: nothing says that its payload is there. Null when the head itself is cut. */
export function readHead(bytes: Buffer, at: number): MsgpackHead | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const start = at + 1;
  if (first < 0x80 || first >= 0xe0) return { start, end: start, children: 0 };
  if (first < 0x90) return { start, end: start, children: 2 * (first & 0x0f) };
  if (first < 0xa0) return { start, end: start, children: first & 0x0f };
  if (first < 0xc0) return { start, end: start + (first & 0x1f), children: 0 };
  const fixed = fixedPayload(first);
  if (fixed >= 0) return { start, end: start + fixed, children: 0 };
  return readCountedHead(bytes, first, start);
}

/** Payload of the types of one size; -1 for those that carry a count. */
function fixedPayload(first: number): number {
  if (first <= 0xc3) return 0;
  if (first === 0xca) return 4;
  if (first === 0xcb) return 8;
  if (first >= 0xcc && first <= 0xd3) return 1 << ((first - 0xcc) & 3);
  return first >= 0xd4 && first <= 0xd8 ? 1 + (1 << (first - 0xd4)) : -1;
}

function readCountedHead(bytes: Buffer, first: number, at: number): MsgpackHead | null {
  const width = countWidth(first);
  if (at + width > bytes.length) return null;
  const count = bytes.readUIntBE(at, width);
  const start = at + width;
  const type = typeOf(first);
  if (type === 'array') return { start, end: start, children: count };
  if (type === 'map') return { start, end: start, children: 2 * count };
  return { start, end: start + count + (type === 'other' ? 1 : 0), children: 0 };
}

/** bin, ext and str have 1, 2, 4; array and map 2, 4. */
function countWidth(first: number): number {
  if (first >= 0xdc) return first === 0xdc || first === 0xde ? 2 : 4;
  const step = first >= 0xd9 ? first - 0xd9 : first >= 0xc7 ? first - 0xc7 : first - 0xc4;
  return 1 << step;
}

/**
 * The number at `at`, the nearest double; NaN when it is no number. The value must be there as a whole.
 *
 * @example readNumber(Buffer.from([0xcd, 0x01, 0x00]), 0) // 256
 */
export function readNumber(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first;
  if (first >= 0xe0) return first - 0x100;
  switch (first) {
    case 0xca:
      return bytes.readFloatBE(at + 1);
    case 0xcb:
      return bytes.readDoubleBE(at + 1);
    case 0xcf:
      return bytes.readUInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5);
    case 0xd3:
      return bytes.readInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5);
    case 0xcc:
    case 0xcd:
    case 0xce:
      return bytes.readUIntBE(at + 1, 1 << (first - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
      return bytes.readIntBE(at + 1, 1 << (first - 0xd0));
    default:
      return NaN;
  }
}
