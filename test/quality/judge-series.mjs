// Judges generated series as `skylark backtest --ensemble default` judges files: by the same function, without the files.
import { backtestFile, defaultAnalyzerSettings } from '../../packages/analyzer/dist/index.js';

const settings = { ...defaultAnalyzerSettings, ensemble: { ...defaultAnalyzerSettings.ensemble, ensemble: 'default' } };
const weekSeconds = 604_800;
const daySeconds = 86_400;

/** Rows whose score is at or above the threshold (0 to 100): each is an alert. */
function alertRows({ timestamps, values }, threshold) {
  const { scores } = backtestFile({ timestamps, values }, settings);
  return Array.from(scores.keys()).filter((row) => scores[row] >= threshold);
}

/** Alerts per metric-week by kind. */
export function falseAlerts(series, threshold) {
  const kinds = new Map();
  for (const one of series) {
    const tally = kinds.get(one.kind) ?? { alerts: 0, weeks: 0 };
    tally.alerts += alertRows(one, threshold).length;
    tally.weeks += (one.timestamps.at(-1) - one.timestamps[0]) / weekSeconds;
    kinds.set(one.kind, tally);
  }
  return new Map(Array.from(kinds, ([kind, { alerts, weeks }]) => [kind, alerts / weeks]));
}

/** Seconds from the start of a planted incident to the first alert within a day; null if there is none. */
export function delayOf(planted, threshold) {
  const { timestamps, values, row } = planted;
  const end = timestamps.findIndex((at) => at > timestamps[row] + daySeconds);
  const found = alertRows({ timestamps: timestamps.subarray(0, end), values: values.subarray(0, end) }, threshold).find((at) => at >= row);
  return found === undefined ? null : timestamps[found] - timestamps[row];
}
