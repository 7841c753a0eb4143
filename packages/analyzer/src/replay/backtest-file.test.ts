import { judge } from '@skylark/algorithms';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultAnalyzerSettings } from '../analyzer-settings.js';
import { backtestFile } from './backtest-file.js';

const t0 = 1_700_000_000;

/** A rhythm with noise from a hash of the row, and a burst of rows far above it. */
function rhythm(rows: number, burst: readonly [number, number]): { timestamps: number[]; values: number[] } {
  const noise = (row: number): number => ((Math.imul(row + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5) * 2;
  const values = Array.from({ length: rows }, (_, row) => 100 + 10 * Math.sin(row / 40) + noise(row) + (row >= burst[0] && row < burst[1] ? 80 : 0));
  return { timestamps: values.map((_, row) => t0 + 300 * row), values };
}

describe('backtestFile', () => {
  it('scores every row and finds one anomaly where the rows are far off', () => {
    const { scores, anomalies } = backtestFile(rhythm(600, [500, 504]), defaultAnalyzerSettings);
    expect(scores).toHaveLength(600);
    expect(Math.max(...scores.subarray(500, 504))).toBeGreaterThanOrEqual(200 / 3);
    expect(anomalies).toHaveLength(1);
    expect(anomalies[0]!.start).toBeGreaterThanOrEqual(t0 + 300 * 500);
    expect(anomalies[0]!.end).toBeLessThanOrEqual(t0 + 300 * 506);
  });

  it('gives a row the score of judging what stood in the rows up to it, and a blank row 0', () => {
    const { timestamps, values } = rhythm(400, [380, 382]);
    values[381] = NaN;
    const { scores } = backtestFile({ timestamps, values }, defaultAnalyzerSettings);
    expect(scores[381]).toBe(0);
    for (const row of [50, 379, 380, 382, 399]) {
      const kept = Array.from(values.keys()).filter((i) => i <= row && !Number.isNaN(values[i]) && timestamps[i]! >= timestamps[row]! - 86_400);
      const series = { metric: '', timestamps: Float64Array.from(kept, (i) => timestamps[i]!), values: Float64Array.from(kept, (i) => values[i]!) };
      const verdict = judge(series, timestamps[row]!, defaultAnalyzerSettings.ensemble, { allVotes: true });
      expect(scores[row]).toBe(verdict.status === 'skipped' ? 0 : verdict.score);
    }
  });

  it('never changes a score before a cut, whatever the order, the gaps and the blanks of the rows', () => {
    const row = fc.record({ timestamp: fc.integer({ min: t0, max: t0 + 40_000 }), value: fc.oneof({ weight: 9, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) }, { weight: 1, arbitrary: fc.constant(NaN) }) });
    fc.assert(fc.property(fc.array(row, { maxLength: 120 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, share) => {
      const columns = (part: typeof rows) => ({ timestamps: part.map(({ timestamp }) => timestamp), values: part.map(({ value }) => value) });
      const cut = Math.floor(share * rows.length);
      const whole = backtestFile(columns(rows), defaultAnalyzerSettings).scores;
      expect(Array.from(backtestFile(columns(rows.slice(0, cut)), defaultAnalyzerSettings).scores)).toEqual(Array.from(whole.subarray(0, cut)));
    }));
  });

  it('lets a repeated timestamp replace the value', () => {
    const { timestamps, values } = rhythm(400, [0, 0]);
    const corrected = { timestamps: [...timestamps, timestamps.at(-1)!], values: [...values, 900] };
    const last = { timestamps, values: [...values.slice(0, -1), 900] };
    expect(backtestFile(corrected, defaultAnalyzerSettings).scores.at(-1)).toBe(backtestFile(last, defaultAnalyzerSettings).scores.at(-1));
  });

  it('answers nothing for a file without rows', () => {
    expect(backtestFile({ timestamps: [], values: [] }, defaultAnalyzerSettings)).toEqual({ scores: new Float64Array(0), anomalies: [] });
  });
});

describe('backtestFile under the ensemble default', () => {
  const streaming = { ...defaultAnalyzerSettings, ensemble: { ...defaultAnalyzerSettings.ensemble, ensemble: 'default' as const } };

  it('scores where an oddity begins and where it ends with a jump, nothing in between, and opens its anomaly there', () => {
    const { scores, anomalies } = backtestFile(rhythm(900, [700, 730]), streaming);
    const alerts = Array.from(scores.keys()).filter((row) => scores[row]! >= 50);
    expect(alerts[0]).toBe(700);
    expect(alerts.filter((row) => row !== 700 && row !== 730)).toEqual([]);
    expect(anomalies[0]).toMatchObject({ kind: 'deviation', start: t0 + 300 * 700, votes: { forecast: true } });
    expect(anomalies[0]!.end).toBeGreaterThanOrEqual(t0 + 300 * 701);
    expect(anomalies[0]!.end).toBeLessThanOrEqual(t0 + 300 * 760);
  });

  it('never changes a score before a cut, and gives a row that goes back in time or repeats one 0', () => {
    const { timestamps, values } = rhythm(600, [500, 504]);
    const mixed = { timestamps: [...timestamps.slice(0, 400), timestamps[10]!, timestamps[399]!, ...timestamps.slice(400)], values: [...values.slice(0, 400), 9e9, 9e9, ...values.slice(400)] };
    const whole = backtestFile(mixed, streaming).scores;
    expect([whole[400], whole[401]]).toEqual([0, 0]);
    expect(Array.from(whole.subarray(402))).toEqual(Array.from(backtestFile({ timestamps, values }, streaming).scores.subarray(400)));
    for (const cut of [0, 1, 399, 401, 503]) expect(Array.from(backtestFile({ timestamps: mixed.timestamps.slice(0, cut), values: mixed.values.slice(0, cut) }, streaming).scores)).toEqual(Array.from(whole.subarray(0, cut)));
  });

  it.each([['default', streaming], ['nine', defaultAnalyzerSettings]])('tells a pause as a silence that its end ended, ensemble %s', (_, settings) => {
    const { timestamps, values } = rhythm(300, [0, 0]);
    const paused = timestamps.map((timestamp, row) => (row < 200 ? timestamp : timestamp + 6 * 3600));
    const stopped = backtestFile({ timestamps: paused, values }, settings).anomalies.filter(({ kind }) => kind === 'stopped');
    expect(stopped).toMatchObject([{ start: paused[199], end: paused[200], score: 50, state: 'closed' }]);
  });
});
