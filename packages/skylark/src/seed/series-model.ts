import { gaussian, keyOf, uniform, wandering } from './noise.js';

/** What a metric is: each has the shape such metrics have. */
export type SeriesKind = 'rhythm' | 'latency' | 'load' | 'counter' | 'sparse' | 'bursts';

/** A metric as a function of time: the same seed, name and second give the same value for ever. */
export interface SeriesModel {
  readonly metric: string;
  readonly kind: SeriesKind;
  readonly key: number;
  /** The usual value. */
  readonly level: number;
  /** How far a quiet day reaches around it, as a standard deviation. */
  readonly spread: number;
}

interface Base {
  /** Fraction of the level that is noise, and that is daily rhythm. */
  readonly noise: number;
  readonly daily: number;
}

const bases: Readonly<Record<SeriesKind, Base>> = {
  rhythm: { noise: 0.02, daily: 0.1 },
  latency: { noise: 0.05, daily: 0.05 },
  load: { noise: 0.03, daily: 0.06 },
  counter: { noise: 0, daily: 0 },
  sparse: { noise: 0.3, daily: 0 },
  bursts: { noise: 0.04, daily: 0 },
};

const day = 86_400;
/** A batch runs 12 minutes of every hour, at a level of its own. */
const [batchEvery, batchFor, batchLevel] = [3600, 720, 1.8];
/** A sparse metric has a datapoint in this share of its seconds on the grid. */
const sparseShare = 0.4;

export function createModel(seed: number, metric: string, kind: SeriesKind, level: number): SeriesModel {
  const { noise, daily } = bases[kind];
  const spread = level * (kind === 'bursts' ? 0.4 * batchLevel : Math.hypot(noise, daily / Math.SQRT2, kind === 'load' ? 0.05 : 0));
  return { metric, kind, key: keyOf(seed, metric), level, spread };
}

/** The undisturbed value at a whole second; null where a sparse metric has none. */
export function quietValue({ key, kind, level }: SeriesModel, time: number): number | null {
  const { noise, daily } = bases[kind];
  const swing = 1 + daily * rhythmOf(key, time);
  switch (kind) {
    case 'rhythm':
      return level * (swing + noise * gaussian(key, time));
    case 'latency':
      return level * swing * Math.exp(noise * gaussian(key, time));
    case 'load':
      return level * (swing + 0.05 * wandering(key ^ 1, time, 900) + noise * gaussian(key, time));
    case 'counter':
      return Math.floor(level * (time % (30 * day)) * (1 / day) + (level / 50) * rhythmOf(key, time));
    case 'sparse':
      return uniform(key ^ 2, time) < sparseShare ? Math.round(level * (1 + noise * gaussian(key, time))) : null;
    case 'bursts':
      return level * ((inBatch(key, time) ? 1 + batchLevel : 1) + noise * gaussian(key, time));
  }
}

/** The value had its rhythm not come: a batch that did not run. */
export function rhythmlessValue(model: SeriesModel, time: number): number | null {
  return model.kind === 'bursts' ? model.level * (1 + bases.bursts.noise * gaussian(model.key, time)) : quietValue(model, time);
}

function inBatch(key: number, time: number): boolean {
  return (time + Math.floor(uniform(key, -1) * batchEvery)) % batchEvery < batchFor;
}

/** One wave a day with a smaller one on it, -1.3 to 1.3; metrics of one seed differ in phase by two hours at most, as time zones do. */
function rhythmOf(key: number, time: number): number {
  const turn = 2 * Math.PI * (time / day - 0.4 + uniform(key, -2) / 12);
  return Math.sin(turn) + 0.3 * Math.sin(2 * turn);
}
