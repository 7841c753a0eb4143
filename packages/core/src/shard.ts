/**
 * 32-bit FNV-1a of a string's UTF-8 bytes (Fowler, Noll, Vo; offset basis 2166136261, prime 16777619).
 * A lone surrogate hashes as U+FFFD, as TextEncoder would write it.
 *
 * @example fnv1a('a') // 3826002220
 */
export function fnv1a(text: string): number {
  let hash = 2166136261;
  const byte = (value: number): void => {
    hash = Math.imul(hash ^ value, 16777619);
  };
  for (const character of text) {
    const raw = character.codePointAt(0) ?? 0;
    const point = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
    if (point < 0x80) byte(point);
    else if (point < 0x800) {
      byte(0xc0 | (point >> 6));
      byte(0x80 | (point & 63));
    } else if (point < 0x10000) {
      byte(0xe0 | (point >> 12));
      byte(0x80 | ((point >> 6) & 63));
      byte(0x80 | (point & 63));
    } else {
      byte(0xf0 | (point >> 18));
      byte(0x80 | ((point >> 12) & 63));
      byte(0x80 | ((point >> 6) & 63));
      byte(0x80 | (point & 63));
    }
  }
  return hash >>> 0;
}

/** The shard of a metric: FNV-1a of the name modulo the store's shard count. Never changes for a store. */
export function shardOf(metric: string, shards: number): number {
  return fnv1a(metric) % shards;
}
