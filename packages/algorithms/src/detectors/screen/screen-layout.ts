/**
 * Where things stand in the state of a screen: doubles, all zeroes when fresh. First what is known of the newest datapoints, then a ring of buckets.
 * The newest datapoint is in no bucket yet: what comes before it (the head) and all together (the whole) are both at hand.
 */
export const at = {
  /** Datapoints ever taken. */
  count: 0,
  /** The last three datapoints, newest first: timestamp, value. */
  last: 1,
  /** Greatest absolute value ever taken: what rounding errors are measured by. */
  greatest: 7,
  /** How many of the newest values are equal. */
  run: 8,
  /** The bin of five minutes of the newest datapoint, and the datapoints in it and in the two bins before. */
  bin: 9,
  inBins: 10,
  buckets: 13,
} as const;

/** A window is cut into so many buckets; it touches one more, and one more may be young. */
export const bucketsPerWindow = 24;
export const bucketsKept = bucketsPerWindow + 2;

/** Fields of a bucket: centred sums of values and times, and the exponentially weighted sums as of the bucket's last datapoint. */
export const field = {
  /** Number of the bucket since the epoch. */
  index: 0,
  count: 1,
  mean: 2,
  squares: 3,
  meanTime: 4,
  squaresTime: 5,
  products: 6,
  weightedMean: 7,
  weightedSquares: 8,
} as const;

export const bucketLength = 9;
/** Doubles of state a metric: 1,976 bytes. */
export const screenStateLength = at.buckets + bucketsKept * bucketLength;

export const binSeconds = 300;

/** Of `stddev_from_moving_average`, which looks at no more than `decaySpan` datapoints: what lies beyond weighs nothing, not 1e-23. */
export const decay = 50 / 51;
export const decaySpan = 2600;
const powers = Float64Array.from({ length: decaySpan + 1 }, (_, n) => decay ** n);

/** decay ** n; 0 where it is below 1e-22. */
export const decayed = (n: number): number => (n > decaySpan ? 0 : powers[n]!);

/** The weights of n datapoints in a row, the newest weighing 1, and the squares of those weights. */
export const weightsOf = (n: number): number => (1 - decayed(n)) / (1 - decay);
export const squaredWeightsOf = (n: number): number => (1 - decayed(n) ** 2) / (1 - decay * decay);
