/** Bounds are sorted by their upper bits: order matters only roughly. */
const orderShift = 6;
/** So much higher than one that comes later in the order may a bound be, not more. */
export const orderSlack = (1 << orderShift) - 1;
/** Bounds looked at for a first guess, about. */
const sampled = 2048;

/**
 * A bound that a little more than `wanted` of all bounds are likely to be at most: to be raised where it was too low.
 */
export function likelyBound(bounds: Uint16Array, wanted: number): number {
  // An odd stride: neighbours are often one machine's metrics.
  const stride = Math.max(1, Math.floor(bounds.length / sampled)) | 1;
  const sample = Uint16Array.from({ length: Math.floor((bounds.length - 1) / stride) + 1 }, (_, i) => bounds[i * stride]!).sort();
  return sample[Math.min(sample.length - 1, Math.ceil((2 * wanted) / stride))]!;
}

/**
 * Of the ids gathered, whose bounds are at most `limit`, those with the least, at most `wanted`. Where too many tie at the limit, a scattered few of them are taken:
 * the first by id are often alike.
 */
export function leastBounds(ids: Uint32Array, bounds: Uint16Array, limit: number, wanted: number): number[] {
  const share = (4 * wanted * 2 ** 32) / ids.length;
  const some = ids.filter((id) => bounds[id]! < limit || scattered(id) < share);
  return [...some].sort((a, b) => bounds[a]! - bounds[b]! || scattered(a) - scattered(b)).slice(0, wanted);
}

/** A fixed shuffle of the ids (Knuth's multiplicative hash). */
function scattered(id: number): number {
  return Math.imul(id + 1, 2654435761) >>> 0;
}

/** Puts gathered ids roughly in the order of their bounds (counting sort); `spare` is room for as many. */
export function orderByBound(ids: Uint32Array, bounds: Uint16Array, spare: Uint32Array): void {
  const places = new Uint32Array((65536 >> orderShift) + 1);
  for (let i = 0; i < ids.length; i += 1) places[bounds[ids[i]!]! >> orderShift]! += 1;
  let end = 0;
  for (let bucket = 0; bucket < places.length; bucket += 1) {
    const size = places[bucket]!;
    places[bucket] = end;
    end += size;
  }
  for (let i = 0; i < ids.length; i += 1) {
    const bucket = bounds[ids[i]!]! >> orderShift;
    spare[places[bucket]!] = ids[i]!;
    places[bucket]! += 1;
  }
  ids.set(spare.subarray(0, ids.length));
}
