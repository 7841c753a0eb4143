import { type Clock, isSkylarkError, type Series, type SeriesStore, type Window } from '@skylark/core';

/** One slice of a shard's series, or one name that could not be read. */
export type Slice = { readonly series: readonly Series[] } | { readonly unreadable: string; readonly error: unknown };

const [fewest, most, wantedMs] = [8, 256, 25];

/**
 * The windows of many metrics in the order of names, in slices: memory stays bounded, and the slices adapt so that reading one takes about 25 ms.
 * A slice that cannot be read is read name by name, so that one damaged series costs nobody else their verdict. A store that is away rejects.
 */
export async function* readSlices(store: SeriesStore, metrics: readonly string[], window: Window, clock: Clock): AsyncGenerator<Slice> {
  let size = 32;
  for (let first = 0; first < metrics.length; ) {
    const names = metrics.slice(first, first + size);
    first += names.length;
    const started = clock.elapsedMs();
    yield* await readSlice(store, names, window);
    const tookMs = Math.max(1, clock.elapsedMs() - started);
    size = Math.max(fewest, Math.min(most, 2 * size, Math.round((size * wantedMs) / tookMs)));
  }
}

async function readSlice(store: SeriesStore, names: readonly string[], window: Window): Promise<Slice[]> {
  try {
    return [{ series: await store.read(names, window) }];
  } catch (error) {
    if (isTheStores(error)) throw error;
    if (names.length === 1) return [{ unreadable: names[0]!, error }];
    const slices: Slice[] = [];
    for (const name of names) slices.push(...(await readSlice(store, [name], window)));
    // What could be read is one slice still, and the last: who has no time for another has this one.
    return [...slices.filter((slice) => 'unreadable' in slice), { series: slices.flatMap((slice) => ('series' in slice ? slice.series : [])) }];
  }
}

const isTheStores = (error: unknown): boolean =>
  isSkylarkError(error, 'store-away') || isSkylarkError(error, 'store-failed') || isSkylarkError(error, 'store-closed') || isSkylarkError(error, 'store-full');
