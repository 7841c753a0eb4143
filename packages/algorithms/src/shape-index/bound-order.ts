/** Bounds are sorted by their upper bits: order matters only roughly. */
const seedShift = 4;
const orderShift = 6;
/** So much higher may the bound of one that comes later in the order not be, but lower. */
export const orderSlack = (1 << orderShift) - 1;
/** Some of those picked turn out to be no candidates. */
const oversampling = 3;

/**
 * Ids with the least bounds, about `wanted` of them, to be compared first. Where more tie than are needed, a scattered few are taken: the first by id
 * are often one machine's metrics, all alike.
 */
export function pickSeeds(bounds: Uint16Array, eligible: (id: number) => boolean, wanted: number): number[] {
  const counts = new Uint32Array((65536 >> seedShift) + 1);
  for (let id = 0; id < bounds.length; id += 1) counts[bounds[id]! >> seedShift]! += 1;
  let last = 0;
  let below = 0;
  while (last < counts.length - 1 && below + counts[last]! < oversampling * wanted) {
    below += counts[last]!;
    last += 1;
  }
  const share = (2 ** 32 * (oversampling * wanted - below)) / Math.max(1, counts[last]!);
  const picked: number[] = [];
  for (let id = 0; id < bounds.length; id += 1) {
    const bucket = bounds[id]! >> seedShift;
    if (bucket < last || (bucket === last && scattered(id) < share)) picked.push(id);
  }
  return picked.sort((a, b) => bounds[a]! - bounds[b]! || scattered(a) - scattered(b)).filter(eligible).slice(0, wanted);
}

/** A fixed shuffle of the ids (Knuth's multiplicative hash). */
function scattered(id: number): number {
  return Math.imul(id + 1, 2654435761) >>> 0;
}

/** Ids that are not masked and whose bound is at most `limit`, roughly by bound (counting sort), written to `into`; answers how many. */
export function orderByBound(bounds: Uint16Array, { mask, limit, into }: { mask: Uint8Array; limit: number; into: Uint32Array }): number {
  const places = new Uint32Array((65536 >> orderShift) + 1);
  for (let id = 0; id < bounds.length; id += 1) if (bounds[id]! <= limit && mask[id] === 0) places[bounds[id]! >> orderShift]! += 1;
  let count = 0;
  places.forEach((size, bucket) => {
    places[bucket] = count;
    count += size;
  });
  for (let id = 0; id < bounds.length; id += 1) {
    if (bounds[id]! > limit || mask[id] !== 0) continue;
    const bucket = bounds[id]! >> orderShift;
    into[places[bucket]!] = id;
    places[bucket]! += 1;
  }
  return count;
}
