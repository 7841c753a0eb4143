import type { StreamDetector } from '@skylark/algorithms';

const [seen, lastTime, lastValue, mean, spread, level, best, bestAt, expectedMean] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/**
 * A small stream detector with a memory as long as the metric: every datapoint changes every later score by a little, so that one left out, taken
 * twice or in another order shows. Scores a distance from the running mean beyond three running deviations; of an oddity that goes on only what is worse.
 */
export const detectorForTests: StreamDetector = {
  name: 'for-tests',
  stateVersion: 1,
  stateLength: 9,
  parts: ['far', 'farther'],
  step(state, timestamp, value) {
    if (state[seen]! > 0 && timestamp <= state[lastTime]!) return 0;
    const distance = Math.abs(value - state[mean]!);
    const ready = state[seen]! >= 20 && state[spread]! > 0;
    state[expectedMean] = state[mean]!;
    state[level] = ready ? Math.max(0, Math.min(100, 25 * (distance / (3 * state[spread]!)))) : 0;
    if (state[level] < 25) state[level] = 0;
    state[seen]! += 1;
    state[lastTime] = timestamp;
    state[lastValue] = value;
    const weight = Math.max(0.003, 1 / state[seen]!);
    const clipped = ready ? Math.min(distance, 3 * state[spread]!) : distance;
    state[mean]! += weight * Math.sign(value - state[mean]!) * clipped;
    state[spread]! += weight * (clipped - state[spread]!);
    const worse = state[level] > state[best]! || timestamp - state[bestAt]! > 3600;
    if (!worse || state[level] === 0) return 0;
    state[best] = state[level];
    state[bestAt] = timestamp;
    return state[level];
  },
  level: (state) => state[level]!,
  report(state) {
    const [low, high] = [state[expectedMean]! - 3 * state[spread]!, state[expectedMean]! + 3 * state[spread]!];
    const value = state[lastValue]!;
    const explanation = `The value is ${value}, where ${low} to ${high} was expected.`;
    const known = state[seen]! > 20;
    const part = (name: string, threshold: number) => ({ name, vote: state[level]! >= threshold, statistic: state[level]!, threshold, explanation });
    return { score: state[level]!, expected: known ? { low, high } : null, direction: !known || (value >= low && value <= high) ? null : value > high ? 'up' : 'down', detectors: [part('far', 25), part('farther', 60)], explanation };
  },
  lastTimestamp: (state) => (state[seen]! > 0 ? state[lastTime]! : null),
};
