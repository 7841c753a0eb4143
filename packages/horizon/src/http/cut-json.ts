const quote = 0x22;
const comma = 0x2c;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const backslash = 0x5c;
const colon = 0x3a;
const newline = 0x0a;

/** An element longer than this many pieces is taken apart itself. */
const longElement = 4;
/** What stands for an element that is too long and cannot be taken apart: one item that no decoder takes. */
const unusable = new TextEncoder().encode('[null]');
/** What stands for a rest that is no JSON. */
const broken = new TextEncoder().encode('[');

/**
 * Cuts a long JSON body of datapoints into short JSON texts, so that each can be parsed without holding up the event loop: a top-level array
 * into arrays of some of its elements, a long `{metric, timestamps, values}` into several of the same metric. Together they hold the same
 * items in the same order; what is no JSON ends in a piece that is none either. A piece is good until the next is asked for: they lie in the
 * body itself, where a comma becomes a bracket for the while.
 *
 * @example Array.from(cutJson(Buffer.from('[1,2,3]'), 4), String) // ['[1,2]', '[3]']
 */
export function* cutJson(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  const start = skipSpace(bytes, 0);
  if (bytes.length - start <= pieceBytes) return yield bytes;
  if (bytes[start] === openArray) return yield* cutArray(bytes, start, pieceBytes);
  const end = valueEnd(bytes, start, bytes.length);
  if (end < 0 || skipSpace(bytes, end) < bytes.length) return yield broken;
  yield* cutElement(bytes, start, end, pieceBytes);
}

/** The same for a body with one JSON text a line. */
export function* cutJsonLines(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; ) {
    let end = bytes.indexOf(newline, start);
    if (end < 0) end = bytes.length;
    if (end - start > longElement * pieceBytes) yield* cutJson(bytes.subarray(start, end), pieceBytes);
    else {
      const last = bytes.lastIndexOf(newline, start + pieceBytes);
      if (bytes.length - start <= pieceBytes) end = bytes.length;
      else if (last > end) end = last;
      yield bytes.subarray(start, end);
    }
    start = end + 1;
  }
}

function* cutArray(bytes: Uint8Array, start: number, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  const long = longElement * pieceBytes;
  for (let from = start + 1; ; ) {
    let to = valueEnd(bytes, from, bytes.length);
    if (to - from > long) yield* cutElement(bytes, skipSpace(bytes, from), to, pieceBytes);
    else {
      while (bytes[to] === comma && to - from < pieceBytes) {
        const next = valueEnd(bytes, to + 1, bytes.length);
        if (next - to > long) break;
        to = next;
      }
      const separator = bytes[to];
      if (separator !== comma && separator !== closeArray) return yield broken;
      bytes[from - 1] = openArray;
      bytes[to] = closeArray;
      yield bytes.subarray(from - 1, to + 1);
      bytes[to] = separator;
    }
    if (bytes[to] === closeArray && skipSpace(bytes, to + 1) === bytes.length) return;
    from = to + 1;
    if (bytes[to] !== comma || bytes[skipSpace(bytes, from)] === closeArray) return yield broken;
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One long element: a series in columns is cut into several; anything else is one unusable item. */
function* cutElement(bytes: Uint8Array, from: number, to: number, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  const members = bytes[from] === openObject ? membersOf(bytes, from, to) : null;
  const metric = members?.get('"metric"');
  const timestamps = members?.get('"timestamps"');
  const values = members?.get('"values"');
  if (members?.size !== 3 || metric === undefined || timestamps === undefined || values === undefined || metric.to - metric.from > pieceBytes) return yield unusable;
  if (bytes[timestamps.from] !== openArray || bytes[values.from] !== openArray) return yield unusable;
  const name = text(bytes, metric);
  let time = timestamps.from + 1;
  let value = values.from + 1;
  for (;;) {
    const { timeEnd, valueEnd: nextValue } = advance(bytes, { time, timeLimit: timestamps.to - 1, value, valueLimit: values.to - 1, pieceBytes });
    yield Buffer.from(`[{"metric":${name},"timestamps":[${text(bytes, { from: time, to: timeEnd })}],"values":[${text(bytes, { from: value, to: nextValue })}]}]`);
    const timesLeft = timeEnd < timestamps.to - 1;
    if (timesLeft !== nextValue < values.to - 1) return yield unusable;
    if (!timesLeft) return;
    time = timeEnd + 1;
    value = nextValue + 1;
  }
}

/** As many elements of both columns, of numbers, as fit into a piece. */
function advance(bytes: Uint8Array, { time, timeLimit, value, valueLimit, pieceBytes }: { time: number; timeLimit: number; value: number; valueLimit: number; pieceBytes: number }): { timeEnd: number; valueEnd: number } {
  let timeEnd = nextComma(bytes, time, timeLimit);
  let end = nextComma(bytes, value, valueLimit);
  while (timeEnd < timeLimit && end < valueLimit && timeEnd - time + end - value < pieceBytes) {
    timeEnd = nextComma(bytes, timeEnd + 1, timeLimit);
    end = nextComma(bytes, end + 1, valueLimit);
  }
  return { timeEnd, valueEnd: end };
}

function nextComma(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit && bytes[at] !== comma) at++;
  return at;
}

/** Where the values of an object's members lie, by their quoted keys; null where it is no object. */
function membersOf(bytes: Uint8Array, from: number, to: number): Map<string, Span> | null {
  const members = new Map<string, Span>();
  let at = from;
  while (bytes[at] !== closeObject) {
    const key = skipSpace(bytes, at + 1);
    const keyEnd = bytes[key] === quote ? stringEnd(bytes, key, to) : to;
    const separator = skipSpace(bytes, keyEnd);
    if (bytes[separator] !== colon || members.size > 8) return null;
    const value = skipSpace(bytes, separator + 1);
    at = valueEnd(bytes, value, to);
    let last = at;
    while (last > value && isSpace(bytes[last - 1])) last--;
    members.set(text(bytes, { from: key, to: Math.min(keyEnd, key + 64) }), { from: value, to: last });
    if (bytes[at] !== comma && bytes[at] !== closeObject) return null;
  }
  return skipSpace(bytes, at + 1) < to ? null : members;
}

/** The place after the value that starts at `from`: of the comma or bracket that follows it, or `limit`; -1 when it does not end before. */
function valueEnd(bytes: Uint8Array, from: number, limit: number): number {
  let depth = 0;
  let at = from;
  while (at < limit) {
    const byte = bytes[at]!;
    if (byte === quote) {
      at = stringEnd(bytes, at, limit);
      continue;
    }
    if (byte === openArray || byte === openObject) depth++;
    else if (byte === closeArray || byte === closeObject) {
      if (depth === 0) return at;
      depth--;
    } else if (byte === comma && depth === 0) return at;
    at++;
  }
  return depth > 0 || at > limit ? -1 : limit;
}

/** The place after the closing quote of the string that starts at `from`; beyond `limit` when there is none. */
function stringEnd(bytes: Uint8Array, from: number, limit: number): number {
  let at = from + 1;
  while (at < limit && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return Math.min(at, limit) + 1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}

function text(bytes: Uint8Array, { from, to }: Span): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
