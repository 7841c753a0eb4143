import type { Detector, Finding } from '../detector.js';
import { silent } from '../detector.js';
import { phrase } from '../phrase.js';

const bins = 15;
const fewest = 20;

/**
 * Fifteen equal bins from the least to the greatest value (numpy's edges); anomalous if the mean of the last three values lies in
 * a bin with at most 20 values. The first bin counts only for the minimum itself, the last never for the maximum: so did the
 * original. Fires often on short series, where every bin is thin.
 */
export const histogramBins: Detector = {
  name: 'histogram_bins',
  cost: 27,
  judge: ({ values, tail }) => {
    const edges = binEdges(values);
    const bin = edges.findLastIndex((edge) => edge <= tail);
    if (bin === bins) return silent('The mean of the last three values is the maximum, which this test leaves to the others.');
    const first = bin <= 0;
    const count = countBetween(values, edges[first ? 0 : bin]!, edges[first ? 1 : bin + 1]!, bin === bins - 1);
    if (first && tail > edges[0]!) return silent(`The mean of the last three values lies in the lowest bin, where only the minimum counts (${count} values).`);
    return findingOf(count, tail);
  },
};

function findingOf(count: number, tail: number): Finding {
  return {
    vote: count <= fewest,
    statistic: count,
    threshold: fewest,
    expected: null,
    explanation: `The mean of the last three values, ${phrase(tail)}, lies in a bin of the histogram with ${count} ${count === 1 ? 'value' : 'values'}; up to ${fewest} count as rare.`,
  };
}

/** The 16 edges as numpy computes them: the last is the maximum itself, a constant gets one half to each side. */
function binEdges(values: Float64Array): Float64Array {
  let low = values[0]!;
  let high = low;
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / bins;
  if (!Number.isFinite(step)) throw new RangeError('the spread of the values is beyond what a number can hold');
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low));
}

function countBetween(values: Float64Array, low: number, high: number, withHigh: boolean): number {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    // No branch: whether a value is in the bin cannot be predicted.
    count += Number(value >= low) & Number(value < high);
  }
  if (withHigh) for (let i = 0; i < values.length; i += 1) count += Number(values[i] === high);
  return count;
}
