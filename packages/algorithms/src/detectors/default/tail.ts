/**
 * How rare a size is among the sizes seen before: peaks over threshold, streaming.
 *
 * Sizes above a mark (the quantile `markQuantile`, followed by stochastic approximation, and at least the mean, so that in a series of mostly zeroes
 * an excess is an event) have excesses over it with a generalised Pareto tail, fitted by its first two moments; the share of sizes
 * above the mark is counted. Both forget slowly, the first ones faster: what was odd before a rhythm was known is not the measure of what is odd later. An
 * excess counts at most `mostExcess` times the mean one, so that one incident does not hide the next.
 *
 * Source: Siffer, Fouque, Termier, Largouët, KDD 2017 (SPOT); moments after Hosking, Wallis 1987.
 */
const [mark, share, meanSize, excesses, meanExcess, squareExcess] = [0, 1, 2, 3, 4, 5];

export const tailLength = 6;

const markQuantile = 0.97;
const ratioGain = 0.15;
const stepGain = 0.005;
const sizeGain = 1 / 500;
const shareGain = 1 / 2000;
/** The share begins as what the mark is meant to leave, and weighs as much as this many datapoints. */
const shareWeight = 300;
const excessMemory = 100;
const shapeWeight = 10;
const heaviestShape = 0.5;
const mostExcess = 10;
const mostEvidence = 60;

/** How long to remember: the number of datapoints so far, this one included, and what of the usual gain a datapoint has (less where they come thick). */
export interface Memory {
  readonly seen: number;
  readonly pace: number;
}

/**
 * Takes a size (>= 0) into the tail at `at` and answers -ln of the probability of one at least as large, 0 to 60; 0 at or below the mark.
 *
 * @example residualTail(state, at, Math.abs(residual), { seen, pace: 1 }) // 6.9: one in a thousand
 */
export type Tail = (state: Float64Array, at: number, size: number, memory: Memory) => number;

/** Of sizes that are each their own, as residuals are. The mark follows quickly, in ratios: what came before a rhythm was known leaves no mark out of reach. */
export const residualTail: Tail = tailWith(markByRatio);

/** Of sizes that hang together, as running means do. The mark follows slowly, in steps: one incident does not move it. */
export const smoothedTail: Tail = tailWith(markByStep);

/** Where the mark goes after a size. */
type FollowMark = (mark: number, mean: number, size: number, memory: Memory) => number;

function markByRatio(known: number, mean: number, size: number, { seen, pace }: Memory): number {
  const gain = Math.max(ratioGain * pace, 1 / seen);
  const from = known > mean ? known : mean;
  return from * (size > from ? 1 + gain * markQuantile : 1 - gain * (1 - markQuantile));
}

function markByStep(known: number, mean: number, size: number, { seen, pace }: Memory): number {
  const step = Math.max(stepGain * pace, 1 / seen) * mean;
  const moved = known + (size > known ? step * markQuantile : step * (markQuantile - 1));
  return moved > 0 ? moved : 0;
}

function tailWith(followMark: FollowMark): Tail {
  return (state, at, size, memory) => {
    if (memory.seen === 1) {
      state[at + mark] = size;
      state[at + share] = 1 - markQuantile;
      state[at + meanSize] = size;
      return 0;
    }
    const above = size - Math.max(state[at + mark]!, state[at + meanSize]!);
    const evidence = above > 0 && state[at + meanExcess]! > 0 ? rarity(state, at, above) : 0;
    learn(state, at, size, memory);
    state[at + mark] = followMark(state[at + mark]!, state[at + meanSize]!, size, memory);
    if (above > 0) learnExcess(state, at, above, memory.pace);
    return evidence;
  };
}

/** The size that has an evidence of -ln(share) + `excess`: the mark and as many mean excesses. */
export function tailReach(state: Float64Array, at: number, excess: number): number {
  return Math.max(state[at + mark]!, state[at + meanSize]!) + excess * state[at + meanExcess]!;
}

function rarity(state: Float64Array, at: number, above: number): number {
  const mean = state[at + meanExcess]!;
  const count = state[at + excesses]!;
  const spread = state[at + squareExcess]! - mean * mean;
  const raw = spread > 0 ? (count * 0.5 * (1 - (mean * mean) / spread)) / (count + shapeWeight) : 0;
  const shape = raw < 0 ? 0 : raw > heaviestShape ? heaviestShape : raw;
  const scaled = above / (mean * (1 - shape));
  const beyond = shape < 1e-6 ? scaled : Math.log(1 + shape * scaled) / shape;
  const evidence = beyond - Math.log(Math.max(state[at + share]!, 1e-5));
  return evidence < mostEvidence ? evidence : mostEvidence;
}

function learn(state: Float64Array, at: number, size: number, { seen, pace }: Memory): void {
  const isAbove = size > Math.max(state[at + mark]!, state[at + meanSize]!);
  state[at + share]! += Math.max(shareGain * pace, 1 / (seen + shareWeight)) * ((isAbove ? 1 : 0) - state[at + share]!);
  state[at + meanSize]! += Math.max(sizeGain * pace, 1 / seen) * (size - state[at + meanSize]!);
}

function learnExcess(state: Float64Array, at: number, above: number, pace: number): void {
  const mean = state[at + meanExcess]!;
  const excess = mean > 0 && above > mostExcess * mean ? mostExcess * mean : above;
  const count = (state[at + excesses]! += 1);
  const gain = Math.max(pace / excessMemory, 2 / (count + 1));
  state[at + meanExcess]! += gain * (excess - mean);
  state[at + squareExcess]! += gain * (excess * excess - state[at + squareExcess]!);
}
