/** Names longer than this are not searched for tags; no limit on names is as high. In UTF-16 units. */
const maxTaggedLength = 65_536;

const semicolon = 0x3b;
const equals = 0x3d;
const tilde = 0x7e;
const exclamation = 0x21;
const caret = 0x5e;

/**
 * The one spelling of a tagged name `metric;tag=value;...`: tags sorted as carbon sorts them (the texts `;tag=value` by code point), the last of
 * a duplicate wins. A tag is not empty and holds none of `;!^=`; a value is not empty, holds no `;` and does not start with `~`.
 * A name without `;` is answered as it is. Source: carbon/util.py, TaggedSeries.
 *
 * @returns the name, or null when a tag breaks a rule
 * @example normaliseTags('cpu;host=b;dc=eu;host=a') // 'cpu;dc=eu;host=a'
 */
export function normaliseTags(name: string): string | null {
  if (!name.includes(';')) return name;
  if (name.length > maxTaggedLength) return null;
  const [metric = '', ...segments] = name.split(';');
  const tags = new Map<string, string>();
  for (const segment of segments) {
    const split = segment.indexOf('=');
    const tag = segment.slice(0, Math.max(0, split));
    const value = segment.slice(split + 1);
    if (tag === '' || value === '' || /[!^]/.test(tag) || value.startsWith('~')) return null;
    tags.set(tag, value);
  }
  return metric === '' ? null : metric + joinTags(tags);
}

/**
 * Tags as the tail of a name, sorted; no rule is checked.
 *
 * @example joinTags(new Map([['host', 'a'], ['dc', 'eu']])) // ';dc=eu;host=a'
 */
export function joinTags(tags: Iterable<readonly [string, string]>): string {
  return Array.from(tags, ([tag, value]) => `;${tag}=${value}`).sort(byCodePoint).join('');
}

/** Order of the UTF-8 bytes. Plain `<` compares UTF-16 units, which puts U+E000 to U+FFFF after everything beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * True when the name in `bytes[start, end)` is spelt as `normaliseTags` would spell it, so that it can be kept without making a string.
 * `firstTag` is the place of its first `;`.
 */
export function hasNormalTags(bytes: Uint8Array, start: number, end: number, firstTag: number): boolean {
  if (firstTag === start) return false;
  let previous = -1;
  let previousEnd = -1;
  for (let tag = firstTag + 1; tag <= end; ) {
    let tagEnd = tag;
    while (tagEnd < end && bytes[tagEnd] !== semicolon) tagEnd++;
    if (!isTag(bytes, tag, tagEnd)) return false;
    if (previous >= 0 && !isAfter(bytes, tag, tagEnd, previous, previousEnd)) return false;
    previous = tag;
    previousEnd = tagEnd;
    tag = tagEnd + 1;
  }
  return true;
}

function isTag(bytes: Uint8Array, start: number, end: number): boolean {
  let split = start;
  for (; split < end && bytes[split] !== equals; split++) {
    if (bytes[split] === exclamation || bytes[split] === caret) return false;
  }
  return split > start && split + 1 < end && bytes[split + 1] !== tilde;
}

/** Whether `bytes[start, end)` sorts after the segment before it, and has another tag: equal tags are neighbours in this order. */
function isAfter(bytes: Uint8Array, start: number, end: number, previous: number, previousEnd: number): boolean {
  const length = Math.min(end - start, previousEnd - previous);
  let tagsAgree = false;
  for (let i = 0; i < length; i++) {
    const now = bytes[start + i]!;
    const before = bytes[previous + i]!;
    if (now !== before) return !tagsAgree && now > before;
    if (now === equals) tagsAgree = true;
  }
  return false;
}
