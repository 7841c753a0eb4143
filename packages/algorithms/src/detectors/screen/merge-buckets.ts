import { at, bucketLength, bucketsKept, bucketsPerWindow, decayed, decaySpan, field, squaredWeightsOf, weightsOf } from './screen-layout.js';

/** Centred sums of values and times over some datapoints. */
export interface Sums {
  count: number;
  mean: number;
  squares: number;
  meanTime: number;
  squaresTime: number;
  products: number;
}

/** The same with exponentially decaying weights, values only. */
export interface WeightedSums {
  weight: number;
  squaredWeights: number;
  mean: number;
  squares: number;
}

/** What the buckets of a window hold, the newest datapoint left out. */
export interface Merged {
  /** Of the buckets that lie in the window as a whole. */
  readonly head: Sums;
  /** The same, weights as of the datapoint after the head. */
  readonly weighted: WeightedSums;
  /** Of the bucket that the window's beginning cuts: some of it, nobody knows which part, is in the window. */
  readonly cut: Sums;
  /** Of the bucket that it cuts, or that the span of the weights does. */
  readonly weightedCut: WeightedSums;
  /** Beginning of the oldest bucket that holds anything, the cut one included; Infinity if none does. */
  readonly begins: number;
}

const nothing = (): Sums => ({ count: 0, mean: 0, squares: 0, meanTime: 0, squaresTime: 0, products: 0 });
const weightless = (): WeightedSums => ({ weight: 0, squaredWeights: 0, mean: 0, squares: 0 });

export function mergeBuckets(state: Float64Array, from: number, until: number, fullDuration: number): Merged {
  const width = fullDuration / bucketsPerWindow;
  const [head, weighted, cut, weightedCut] = [nothing(), weightless(), nothing(), weightless()];
  let begins = Infinity;
  // Newest first: the datapoint after the head counts as one that came since.
  let since = 1;
  const oldest = Math.floor(from / width);
  for (let index = Math.floor(until / width); index >= oldest; index -= 1) {
    const b = at.buckets + (index % bucketsKept) * bucketLength;
    const count = state[b + field.count]!;
    if (count === 0 || state[b + field.index] !== index) continue;
    const isCut = index * width < from;
    add(isCut ? cut : head, state, b);
    addWeighted(isCut || since + count > decaySpan ? weightedCut : weighted, state, b, since);
    since += count;
    begins = index * width;
  }
  return { head, weighted, cut, weightedCut, begins };
}

/** Chan, Golub, LeVeque (1979). */
function add(sums: Sums, state: Float64Array, b: number): void {
  const count = state[b + field.count]!;
  const total = sums.count + count;
  const away = state[b + field.mean]! - sums.mean;
  const awayTime = state[b + field.meanTime]! - sums.meanTime;
  const share = count / total;
  const both = sums.count * share;
  sums.mean += away * share;
  sums.meanTime += awayTime * share;
  sums.squares += state[b + field.squares]! + away * away * both;
  sums.squaresTime += state[b + field.squaresTime]! + awayTime * awayTime * both;
  sums.products += state[b + field.products]! + away * awayTime * both;
  sums.count = total;
}

function addWeighted(sums: WeightedSums, state: Float64Array, b: number, since: number): void {
  const factor = decayed(since);
  if (factor === 0) return;
  const count = state[b + field.count]!;
  const weight = factor * weightsOf(count);
  const total = sums.weight + weight;
  const away = state[b + field.weightedMean]! - sums.mean;
  sums.squares += factor * state[b + field.weightedSquares]! + (away * away * sums.weight * weight) / total;
  sums.mean += (away * weight) / total;
  sums.weight = total;
  sums.squaredWeights += factor * factor * squaredWeightsOf(count);
}

/** With one datapoint more. */
export function withDatapoint({ count, mean, squares, meanTime, squaresTime, products }: Sums, timestamp: number, value: number): Sums {
  const [away, awayTime] = [value - mean, timestamp - meanTime];
  const share = 1 / (count + 1);
  const both = count * share;
  return {
    count: count + 1,
    mean: mean + away * share,
    squares: squares + away * away * both,
    meanTime: meanTime + awayTime * share,
    squaresTime: squaresTime + awayTime * awayTime * both,
    products: products + away * awayTime * both,
  };
}

/** With the newest value, which weighs 1. */
export function withNewest({ weight, squaredWeights, mean, squares }: WeightedSums, value: number): WeightedSums {
  const away = value - mean;
  const total = weight + 1;
  return { weight: total, squaredWeights: squaredWeights + 1, mean: mean + away / total, squares: squares + (away * away * weight) / total };
}
