// Judges generated series as `skylark backtest --ensemble default` judges files: the same function, without the files.
import { backtestFile, defaultAnalyzerSettings } from '../../packages/analyzer/dist/index.js';

export const settingsOf = (ensemble) => ({ ...defaultAnalyzerSettings, ensemble: { ...defaultAnalyzerSettings.ensemble, ensemble } });

/** Rows whose score is at or above the threshold (0 to 100): each is an alert. */
export function alertRows({ timestamps, values }, threshold, ensemble = 'default') {
  const { scores } = backtestFile({ timestamps, values }, settingsOf(ensemble));
  return Array.from(scores.keys()).filter((row) => scores[row] >= threshold);
}

/** The highest score of each of a list of threshold crossings is not needed here: alerts per metric-week by kind. */
export function falseAlerts(series, threshold) {
  const kinds = new Map();
  for (const one of series) {
    const { timestamps } = one;
    const tally = kinds.get(one.kind) ?? { alerts: 0, weeks: 0 };
    tally.alerts += alertRows(one, threshold).length;
    tally.weeks += (timestamps.at(-1) - timestamps[0]) / 604_800;
    kinds.set(one.kind, tally);
  }
  return new Map(Array.from(kinds, ([kind, { alerts, weeks }]) => [kind, alerts / weeks]));
}

/** Whether an alert came within a day of the incident's start, and after how many seconds; the first alert counts. */
export function delayOf(planted, threshold) {
  const { timestamps, row } = planted;
  const found = alertRows(planted, threshold).find((at) => at >= row && timestamps[at] - timestamps[row] <= 86_400);
  return found === undefined ? null : timestamps[found] - timestamps[row];
}
