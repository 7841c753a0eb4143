/** What is kept of a metric's triggers between two of them: plain data of constant size. Times in seconds. */
export interface TriggerHistory {
  readonly lastAt: number;
  readonly lastValue: number;
  /** Of the intervals between triggers: count, mean and centred sum of squares (Welford 1962). */
  readonly intervals: number;
  readonly mean: number;
  readonly squares: number;
}

export interface Trigger {
  readonly at: number;
  readonly value: number;
}

const sameTriggerWithinSeconds = 300;
const deviationsAllowed = 3;

/**
 * Skyline's second order: are this metric's triggers themselves unusual? `null` is the history of a metric that never triggered.
 * The first trigger passes; the same value again within 300 s does not and leaves no trace; any other passes if the interval since
 * the trigger before is more than three deviations (ddof 1) from the mean interval, itself included.
 *
 * That needs eleven intervals at least: a metric triggers once, and then hardly ever. It is off by default.
 */
export function secondOrder(history: TriggerHistory | null, { at, value }: Trigger): { readonly history: TriggerHistory; readonly pass: boolean } {
  if (history === null) return { history: { lastAt: at, lastValue: value, intervals: 0, mean: 0, squares: 0 }, pass: true };
  const interval = at - history.lastAt;
  if (value === history.lastValue && interval <= sameTriggerWithinSeconds) return { history, pass: false };
  const intervals = history.intervals + 1;
  const delta = interval - history.mean;
  const mean = history.mean + delta / intervals;
  const squares = history.squares + delta * (interval - mean);
  const deviation = intervals > 1 ? Math.sqrt(squares / (intervals - 1)) : NaN;
  return { history: { lastAt: at, lastValue: value, intervals, mean, squares }, pass: Math.abs(interval - mean) > deviationsAllowed * deviation };
}
