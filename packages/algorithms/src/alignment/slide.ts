import { correlate } from './correlate.js';
import { type Normalisation, normaliseCurve } from './normalise-curve.js';

/** A query made ready to be slid along many curves. */
export interface Slider {
  /** Points of the query. */
  readonly length: number;
  /**
   * Euclidean distance (per whole query, root taken) between the query and each stretch of the curve as long as it, both normalised by
   * themselves over the points that count; Infinity where a stretch is flat. `mirrored`: of the query upside down.
   */
  distances(curve: Float64Array): { readonly upright: Float64Array; readonly mirrored: Float64Array };
}

/** Part of the largest mean square that a spread computed from running sums may be and still be nothing but rounding. */
const flatBelow = 1e-11;

/**
 * Compares a query with every stretch of a curve: Mueen's MASS, with points that do not count and any of four normalisations.
 * From three sliding sums per place (of t, of t squared, of q t) over the points that count: n log n a curve.
 *
 * Rounding leaves about 1e-6 of the distance, so it finds places; whoever ranks compares the stretches found exactly.
 *
 * @param query its points at even instants
 * @param counts as in `normaliseCurve`
 * @returns null where the query has no shape under the normalisation
 */
export function createSlider(query: Float64Array, counts: Uint8Array | null, normalisation: Normalisation): Slider | null {
  const normal = normaliseCurve(query, counts, normalisation);
  if (normal === null) return null;
  const weights = counts === null ? new Float64Array(query.length).fill(1) : Float64Array.from(counts);
  const total = sumOf(weights);
  const levelled = normalisation === 'both' || normalisation === 'level';
  const own = normal.reduce((sum, value) => sum + value * value, 0);
  return {
    length: query.length,
    distances(curve) {
      const centred = levelled ? centre(curve) : curve;
      const squares = centred.map((value) => value * value);
      const sums = counts === null ? runningSums(centred, query.length) : correlate(weights, centred);
      const squareSums = counts === null ? runningSums(squares, query.length) : correlate(weights, squares);
      const products = correlate(normal, centred);
      const largest = squares.reduce((most, value) => Math.max(most, value), 0);
      const [upright, mirrored] = [new Float64Array(products.length), new Float64Array(products.length)];
      for (let k = 0; k < products.length; k += 1) {
        const place = { sum: sums[k]!, squares: squareSums[k]!, product: products[k]! };
        upright[k] = distanceAt(place, 1);
        mirrored[k] = distanceAt(place, -1);
      }
      return { upright, mirrored };

      function distanceAt({ sum, squares: squareSum, product }: { sum: number; squares: number; product: number }, sign: 1 | -1): number {
        const about = levelled ? Math.max(0, squareSum - (sum * sum) / total) : squareSum;
        if (normalisation === 'level' || normalisation === 'none') return Math.sqrt(Math.max(0, own + about - 2 * sign * product));
        if (!(about > flatBelow * largest * total)) return Infinity;
        return Math.sqrt(Math.max(0, own + total - (2 * sign * product) / Math.sqrt(about / total)));
      }
    },
  };
}

function centre(curve: Float64Array): Float64Array {
  const mean = curve.length === 0 ? 0 : sumOf(curve) / curve.length;
  return curve.map((value) => value - mean);
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return sum;
}

/** Sums of every `length` neighbours. */
function runningSums(values: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(Math.max(0, values.length - length + 1));
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    sum += values[i]!;
    if (i >= length) sum -= values[i - length]!;
    if (i >= length - 1) sums[i - length + 1] = sum;
  }
  return sums;
}
