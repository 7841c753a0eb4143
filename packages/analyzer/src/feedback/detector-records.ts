import type { Anomaly, AnomalyLog, Feedback } from '@skylark/core';

/** How a detector did, by what people said of the anomalies it voted for. */
export interface DetectorRecord {
  readonly detector: string;
  /** Anomalies it voted for. */
  readonly votes: number;
  /** Of those: said to be real; no anomaly at all; to be expected; and what nobody said anything of. */
  readonly real: number;
  readonly falseAlarms: number;
  readonly expected: number;
  readonly unanswered: number;
}

type Tally = { -readonly [K in keyof Omit<DetectorRecord, 'detector'>]: number };

const column: Readonly<Record<Feedback, keyof Tally>> = { real: 'real', 'false-alarm': 'falseAlarms', expected: 'expected' };
const pageSize = 1000;

/**
 * What the anomalies of a window say of each detector that voted for any of them, most votes first, ties by name. Votes are those at the peak; silences
 * (`stopped`) have none. Without a window: all there are.
 *
 * @example (await detectorRecords(log))[0] // { detector: 'grubbs', votes: 12, real: 7, falseAlarms: 2, expected: 0, unanswered: 3 }
 */
export async function detectorRecords(log: AnomalyLog, window: { readonly from?: number | undefined; readonly until?: number | undefined } = {}): Promise<DetectorRecord[]> {
  const tallies = new Map<string, Tally>();
  const bounds = { ...(window.from === undefined ? {} : { from: window.from }), ...(window.until === undefined ? {} : { until: window.until }) };
  for (let cursor: string | undefined; ; ) {
    const page = await log.query({ state: 'all', ...bounds, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    for (const anomaly of page.anomalies) tally(tallies, anomaly);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return Array.from(tallies, ([detector, counts]) => ({ detector, ...counts })).sort((a, b) => b.votes - a.votes || (a.detector < b.detector ? -1 : 1));
}

function tally(tallies: Map<string, Tally>, { votes, feedback }: Anomaly): void {
  for (const [detector, vote] of Object.entries(votes)) {
    if (vote !== true) continue;
    const counts = tallies.get(detector) ?? { votes: 0, real: 0, falseAlarms: 0, expected: 0, unanswered: 0 };
    counts.votes += 1;
    counts[feedback === null ? 'unanswered' : column[feedback]] += 1;
    tallies.set(detector, counts);
  }
}
