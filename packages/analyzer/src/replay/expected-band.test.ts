import { describe, expect, it } from 'vitest';
import { detectorForTests } from '../../contract/detector-for-tests.js';
import { createMovedClock, openTestStore, quietSeries } from '../../contract/store-for-tests.js';
import { defaultAnalyzerSettings } from '../analyzer-settings.js';
import { expectedBand } from './expected-band.js';

const until = 28_000_000 * 60;

describe('the expected band', () => {
  it('is what the detector had expected at each datapoint, with all the history before the window', async () => {
    await using store = await openTestStore();
    const series = quietSeries('web', { from: until - 36_000, until, burst: [until - 600, until - 300], value: 300 });
    await store.append(series);
    const options = { series: store.backend.series, clock: createMovedClock(until), settings: defaultAnalyzerSettings, detector: detectorForTests };
    const band = await expectedBand(options, { metric: 'web', from: until - 3600, until });
    expect(band.timestamps).toEqual([...series.timestamps.subarray(-60)]);
    expect(band.low.every((low, i) => low! < band.high[i]! && low! > 80 && band.high[i]! < 130)).toBe(true);
    expect(band.levels.flatMap((level, i) => (level > 0 ? [band.timestamps[i]! - until] : []))).toEqual([-600, -540, -480, -420, -360]);
    const coarse = await expectedBand(options, { metric: 'web', from: until - 3600, until, maxPoints: 7 });
    expect(coarse.timestamps).toEqual([0, 9, 18, 27, 36, 45, 54].map((i) => band.timestamps[i]));
    expect(coarse.high[1]).toBe(Math.max(...band.high.slice(9, 18).map(Number)));
  });

  it('of a metric that is not there, or too young, is empty or open', async () => {
    await using store = await openTestStore();
    const options = { series: store.backend.series, clock: createMovedClock(until), settings: defaultAnalyzerSettings, detector: detectorForTests };
    expect(await expectedBand(options, { metric: 'none', from: until - 60, until })).toEqual({ metric: 'none', timestamps: [], low: [], high: [], levels: [] });
    await store.append(quietSeries('young', { from: until - 120, until }));
    expect(await expectedBand(options, { metric: 'young', from: until - 3600, until })).toMatchObject({ low: [null, null], high: [null, null] });
  });
});
