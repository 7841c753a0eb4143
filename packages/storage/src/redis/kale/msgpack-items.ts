/** What `itemLength` answers where no item begins: a byte that msgpack never uses, or one longer than could be meant. */
export const noItem = -1;

/** A pair of numbers takes 23 bytes at most; with a short text for a value, some more. */
const longestItem = 64;
const markers = { nil: 0xc0, never: 0xc1, false: 0xc2, true: 0xc3, bin8: 0xc4, ext8: 0xc7, float32: 0xca, float64: 0xcb, uint8: 0xcc, int8: 0xd0, fixext1: 0xd4, str8: 0xd9, array16: 0xdc, map16: 0xde, negative: 0xe0 } as const;

/**
 * The length in bytes of the msgpack item that begins at `at`; 0 when it goes on behind `end`; `noItem` when none begins there.
 * It recurses nowhere, and never goes on for more than 64 bytes: no claim of a length or a depth costs anything.
 * Source: the msgpack specification; the raw types of before 2013 are the same bytes as its strings.
 *
 * @example itemLength(Uint8Array.of(0x92, 1, 0xc3), 0, 3) // 3
 */
export function itemLength(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  for (let open = 1; open > 0; open -= 1) {
    if (position >= end) return 0;
    const marker = bytes[position]!;
    if (marker === markers.never) return noItem;
    const fixed = fixedLength(marker);
    if (position + fixed > end) return 0;
    open += children(bytes, position, marker);
    position += fixed + payloadLength(bytes, position, marker);
    // Each child takes a byte at least.
    if (position + open - 1 - at > longestItem) return noItem;
  }
  return position > end ? 0 : position - at;
}

/** Bytes of a marker and what is as long whenever it has that marker. */
function fixedLength(marker: number): number {
  if (marker < markers.nil || marker >= markers.negative || marker <= markers.true) return 1;
  if (marker < markers.ext8) return 1 + 2 ** (marker - markers.bin8);
  if (marker < markers.float32) return 2 + 2 ** (marker - markers.ext8);
  if (marker < markers.uint8) return marker === markers.float32 ? 5 : 9;
  if (marker < markers.int8) return 1 + 2 ** (marker - markers.uint8);
  if (marker < markers.fixext1) return 1 + 2 ** (marker - markers.int8);
  if (marker < markers.str8) return 2 + 2 ** (marker - markers.fixext1);
  if (marker < markers.array16) return 1 + 2 ** (marker - markers.str8);
  return marker % 2 === 0 ? 3 : 5;
}

/** Bytes that follow the fixed ones: of texts, binaries and extensions. */
function payloadLength(bytes: Uint8Array, at: number, marker: number): number {
  if (marker >= 0xa0 && marker < markers.nil) return marker & 31;
  if (marker >= markers.bin8 && marker < markers.ext8) return unsigned(bytes, at + 1, 2 ** (marker - markers.bin8));
  if (marker >= markers.ext8 && marker < markers.float32) return unsigned(bytes, at + 1, 2 ** (marker - markers.ext8));
  return marker >= markers.str8 && marker < markers.array16 ? unsigned(bytes, at + 1, 2 ** (marker - markers.str8)) : 0;
}

/** Items inside an array or a map whose marker stands at `at`. */
function children(bytes: Uint8Array, at: number, marker: number): number {
  if (marker >= 0x80 && marker < 0x90) return 2 * (marker & 15);
  if (marker >= 0x90 && marker < 0xa0) return marker & 15;
  if (marker < markers.array16 || marker >= markers.negative) return 0;
  const count = unsigned(bytes, at + 1, marker % 2 === 0 ? 2 : 4);
  return marker < markers.map16 ? count : 2 * count;
}

/** Bytes of the head of an array of two at `at`; 0 when the head goes on behind `end`; `noItem` when something else begins there. */
export function headOfTwo(bytes: Uint8Array, at: number, end: number): number {
  const marker = bytes[at]!;
  if (marker === 0x92) return 1;
  if (marker !== markers.array16 && marker !== markers.array16 + 1) return noItem;
  const width = marker === markers.array16 ? 2 : 4;
  if (at + 1 + width > end) return 0;
  return unsigned(bytes, at + 1, width) === 2 ? 1 + width : noItem;
}

/** The number at `at`, as a double; null when it is no number (a truth value is none). The item is known to be whole. */
export function numberAt(view: DataView, at: number): number | null {
  const marker = view.getUint8(at);
  if (marker < 0x80) return marker;
  if (marker >= markers.negative) return marker - 256;
  switch (marker) {
    case 0xca: return view.getFloat32(at + 1);
    case 0xcb: return view.getFloat64(at + 1);
    case 0xcc: return view.getUint8(at + 1);
    case 0xcd: return view.getUint16(at + 1);
    case 0xce: return view.getUint32(at + 1);
    case 0xcf: return Number(view.getBigUint64(at + 1));
    case 0xd0: return view.getInt8(at + 1);
    case 0xd1: return view.getInt16(at + 1);
    case 0xd2: return view.getInt32(at + 1);
    case 0xd3: return Number(view.getBigInt64(at + 1));
    default: return null;
  }
}

function unsigned(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + bytes[at + i]!;
  return value;
}
