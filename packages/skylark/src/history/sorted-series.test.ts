import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortedSeries } from './sorted-series.js';

it('puts datapoints in order of time', () => {
  const { metric, timestamps, values } = sortedSeries('a', [30, 10, 20], [3, 1, 2]);
  expect({ metric, timestamps: [...timestamps], values: [...values] }).toEqual({ metric: 'a', timestamps: [10, 20, 30], values: [1, 2, 3] });
});

it('keeps the last of a timestamp, as a map would', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.double({ noNaN: true }))), (datapoints) => {
      const expected = [...new Map(datapoints)].sort(([a], [b]) => a - b);
      const { timestamps, values } = sortedSeries('a', datapoints.map(([timestamp]) => timestamp), datapoints.map(([, value]) => value));
      expect(Array.from(timestamps, (timestamp, i) => [timestamp, values[i]])).toEqual(expected);
    }),
  );
});
