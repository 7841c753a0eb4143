/** Names laid down for scanning: one run of bytes, and the set of letters of each. About 8 bytes a name beside its letters. */
export interface NameTable {
  readonly names: readonly string[];
  /** Places of the names whose folded letters hold a text, ascending; null where a scan would hit too often to be worth it. */
  holding(text: string): Uint32Array | null;
  /** Which of some texts (folded) is in the fewest names, by a sample. */
  rarest(texts: readonly string[]): string;
  /** Places of the names that have all letters of a text, in that order with others between them. */
  scattered(text: string): Uint32Array;
  /** Whether a name has the parts of a text one after the other, each whole. */
  hasInOrder(place: number, parts: readonly string[]): boolean;
}

/** Of the first so many names, hits in more than a quarter make a scan by text slower than looking at each name. */
const sampled = 2000;
const sampledForRarity = 400;
const separator = 0x0a;

/**
 * @param names each without control characters
 * @example createNameTable(['web.cpu', 'web.load']).holding('CPU') // Uint32Array [0]
 */
export function createNameTable(names: readonly string[]): NameTable {
  const bytes = Buffer.from(`${names.map(fold).join('\n')}\n`);
  const starts = startsOf(bytes, names.length);
  const masks = masksOf(bytes, starts);
  const end = (place: number): number => starts[place + 1]! - 1;

  function holding(text: string): Uint32Array | null {
    const wanted = Buffer.from(fold(text));
    if (wanted.length === 0) return null;
    const found = new Uint32Array(names.length);
    let count = 0;
    for (let at = bytes.indexOf(wanted), place = 0; at >= 0; ) {
      place = placeOf(starts, at, place);
      found[count++] = place;
      if (place < sampled && count > 64 && count * 4 > place + 1) return null;
      place += 1;
      if (place >= names.length) break;
      at = bytes.indexOf(wanted, starts[place]);
    }
    return found.slice(0, count);
  }

  function scattered(text: string): Uint32Array {
    const folded = fold(text);
    const wanted = Buffer.from(folded);
    // Bytes of two letters may spell a third one: beyond ASCII what was found is looked at letter by letter.
    const spells = wanted.length === folded.length ? () => true : (place: number): boolean => hasInOrder(place, Array.from({ length: folded.length }, (_, i) => folded[i]!));
    const [low, high] = maskOf(wanted, 0, wanted.length);
    const found = new Uint32Array(names.length);
    let count = 0;
    for (let place = 0; place < names.length; place += 1) {
      if ((masks[2 * place]! & low) !== low || (masks[2 * place + 1]! & high) !== high) continue;
      if (isSubsequence(wanted, bytes, starts[place]!, end(place)) && spells(place)) found[count++] = place;
    }
    return found.slice(0, count);
  }

  function hasInOrder(place: number, parts: readonly string[]): boolean {
    const name = fold(names[place]!);
    let at = 0;
    for (const part of parts) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return true;
  }

  function rarest(texts: readonly string[]): string {
    if (texts.length < 2) return texts[0] ?? '';
    const every = Math.max(1, Math.floor(names.length / sampledForRarity));
    const hits = texts.map(() => 0);
    for (let place = 0; place < names.length; place += every) {
      const name = fold(names[place]!);
      texts.forEach((text, i) => {
        if (name.includes(text)) hits[i]! += 1;
      });
    }
    return texts[hits.indexOf(Math.min(...hits))]!;
  }

  return { names, holding, rarest, scattered, hasInOrder };
}

/**
 * Upper case as a case-insensitive expression compares: letter by letter, never changing the length, never from outside ASCII
 * into it (ECMAScript, Canonicalize).
 */
export function fold(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toUpperCase();
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const upper = text[i]!.toUpperCase();
    out += upper.length !== 1 || (text.charCodeAt(i) >= 0x80 && upper.charCodeAt(0) < 0x80) ? text[i]! : upper;
  }
  return out;
}

function startsOf(bytes: Uint8Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  let place = 1;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === separator) starts[place++] = at + 1;
  return starts;
}

/** The name a byte belongs to, at or after a place: by doubling steps, for most are near. */
function placeOf(starts: Uint32Array, at: number, from: number): number {
  let step = 1;
  while (from + step < starts.length - 1 && starts[from + step]! <= at) step *= 2;
  let [low, high] = [from + (step >> 1), Math.min(from + step, starts.length - 1)];
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle;
  }
  return starts[high]! <= at && high < starts.length - 1 ? high : low;
}

function masksOf(bytes: Uint8Array, starts: Uint32Array): Int32Array {
  const masks = new Int32Array(2 * (starts.length - 1));
  for (let place = 0; place < starts.length - 1; place += 1) {
    const [low, high] = maskOf(bytes, starts[place]!, starts[place + 1]! - 1);
    masks[2 * place] = low;
    masks[2 * place + 1] = high;
  }
  return masks;
}

/** Which letters occur: A to Z in the first word; digits, then all else by its low bits, in the second. */
function maskOf(bytes: Uint8Array, from: number, until: number): [number, number] {
  let [low, high] = [0, 0];
  for (let at = from; at < until; at += 1) {
    const byte = bytes[at]!;
    if (byte >= 0x41 && byte <= 0x5a) low |= 1 << (byte - 0x41);
    else if (byte >= 0x30 && byte <= 0x39) high |= 1 << (byte - 0x30);
    else high |= 1 << (10 + (byte % 21));
  }
  return [low, high];
}

function isSubsequence(wanted: Uint8Array, bytes: Uint8Array, from: number, until: number): boolean {
  let next = 0;
  for (let at = from; at < until && next < wanted.length; at += 1) if (bytes[at] === wanted[next]) next += 1;
  return next === wanted.length;
}
