import { defaultDetector, type StreamDetector } from '@skylark/algorithms';
import type { Clock, SeriesStore, Window } from '@skylark/core';
import { type AnalyzerSettings, compileSettings } from '../analyzer-settings.js';
import { countBelow } from '../life/window.js';
import { createPacer } from '../pacer.js';

export interface BandOptions {
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly settings: AnalyzerSettings;
  readonly detector?: StreamDetector | undefined;
}

/** What was expected of a metric at its datapoints, before each came. Columns of one length. */
export interface ExpectedBand {
  readonly metric: string;
  readonly timestamps: readonly number[];
  /** null: too little was known. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Highest level of the oddity, 0 to 100. */
  readonly levels: readonly number[];
}

/** Steps between looks at the time. */
const stepsPerTurn = 2000;

/**
 * The expected range of a metric in a window, as the ensemble `default` had it datapoint by datapoint, by stepping all that is stored before. Of more
 * than `maxPoints` datapoints, neighbours are taken together: the first one's time, the widest range, the highest level.
 *
 * An unknown metric, and a window without datapoints, have an empty band.
 *
 * @example await expectedBand(options, { metric: 'web.latency', from: now - 3600, until: now })
 */
export async function expectedBand({ series: store, clock, settings, detector = defaultDetector }: BandOptions, { metric, from, until, maxPoints = 2000 }: Window & { readonly metric: string; readonly maxPoints?: number | undefined }): Promise<ExpectedBand> {
  const { streamSettings } = compileSettings(settings);
  const [span] = await store.spans([metric]);
  const [series] = await store.read([metric], { from: span?.firstTimestamp ?? from, until });
  const columns = { timestamps: [] as number[], low: [] as (number | null)[], high: [] as (number | null)[], levels: [] as number[] };
  const { timestamps, values } = series!;
  const first = countBelow(timestamps, from);
  const together = Math.max(1, Math.ceil((timestamps.length - first) / Math.max(1, maxPoints)));
  const state = new Float64Array(detector.stateLength);
  const pace = createPacer(clock);
  for (let i = 0; i < timestamps.length; i += 1) {
    detector.step(state, timestamps[i]!, values[i]!, streamSettings);
    if (i >= first) widen(columns, (i - first) % together === 0, { timestamp: timestamps[i]!, level: detector.level(state), expected: detector.report(state, streamSettings).expected });
    if (i % stepsPerTurn === 0) await pace();
  }
  return { metric, ...columns };
}

function widen({ timestamps, low, high, levels }: { timestamps: number[]; low: (number | null)[]; high: (number | null)[]; levels: number[] }, begins: boolean, { timestamp, level, expected }: { timestamp: number; level: number; expected: { low: number; high: number } | null }): void {
  if (begins) {
    timestamps.push(timestamp);
    low.push(expected?.low ?? null);
    high.push(expected?.high ?? null);
    levels.push(level);
    return;
  }
  const at = timestamps.length - 1;
  if (expected !== null) [low[at], high[at]] = [Math.min(low[at] ?? Infinity, expected.low), Math.max(high[at] ?? -Infinity, expected.high)];
  levels[at] = Math.max(levels[at]!, level);
}

