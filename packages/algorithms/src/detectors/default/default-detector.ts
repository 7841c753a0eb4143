import type { StreamDetector, StreamReport } from '../stream-detector.js';

/** Offsets of the state. */
const seen = 0;
const lastTime = 1;
const lastValue = 2;
const level = 3;
const spread = 4;
const lastScore = 5;
const expectedLevel = 6;
const expectedSpread = 7;

/** A first stand-in: the residual of an exponentially weighted mean against its robust spread. */
export const defaultDetector: StreamDetector = {
  name: 'default',
  stateVersion: 1,
  stateLength: 8,
  parts: ['residual'],
  step(state, timestamp, value) {
    if (!Number.isFinite(timestamp) || !Number.isFinite(value)) return 0;
    if (state[seen]! > 0 && timestamp <= state[lastTime]!) return 0;
    const count = (state[seen]! += 1);
    state[lastTime] = timestamp;
    state[lastValue] = value;
    if (count === 1) {
      state[level] = value;
      return 0;
    }
    const residual = Math.abs(value - state[level]!);
    const ratio = state[spread]! > 0 ? residual / state[spread]! : 0;
    state[expectedLevel] = state[level]!;
    state[expectedSpread] = state[spread]!;
    state[lastScore] = count < 30 ? 0 : Math.min(100, Math.max(0, 10 * (ratio - 4)));
    const weight = Math.max(0.02, 1 / count);
    const clipped = state[spread]! > 0 ? Math.min(residual, 4 * state[spread]!) : residual;
    state[level] = state[level]! + weight * Math.sign(value - state[level]!) * clipped;
    state[spread] = state[spread]! + weight * (clipped - state[spread]!);
    return state[lastScore];
  },
  level: (state) => state[lastScore]!,
  report(state): StreamReport {
    const [low, high] = [state[expectedLevel]! - 4 * state[expectedSpread]!, state[expectedLevel]! + 4 * state[expectedSpread]!];
    const value = state[lastValue]!;
    const score = state[lastScore]!;
    const known = state[seen]! >= 30;
    const explanation = known ? `The value is ${value}, with ${low} to ${high} expected.` : 'Too little is known yet.';
    return {
      score,
      expected: known ? { low, high } : null,
      direction: !known || (value >= low && value <= high) ? null : value > high ? 'up' : 'down',
      detectors: [{ name: 'residual', vote: score >= 25, statistic: score, threshold: 25, explanation }],
      explanation,
    };
  },
  lastTimestamp: (state) => (state[seen]! > 0 ? state[lastTime]! : null),
};
