import type { DetectorReport, Range } from '@skylark/core';
import type { Detector, DetectorSettings } from '../detector.js';
import type { SeriesView } from '../series-view.js';

/** What one detector said, made presentable: no figure in it is NaN or infinite. */
export interface Answer {
  readonly report: DetectorReport;
  readonly expected: Range | null;
  /** The message of the error it ended with; then its vote is null. */
  readonly failure: string | null;
}

/** What the detectors said of one series, in the ensemble's order; those an early stop left out are not among the answers. */
export interface Hearing {
  readonly answers: readonly Answer[];
  /** How many detectors are enabled, asked or not. */
  readonly enabled: number;
  /** How many of them must not vote no. */
  readonly consensus: number;
  readonly anomalous: boolean;
  /** `error: <detector>: ...` of the first that failed. */
  readonly failure: string | null;
}

export interface HearingOptions {
  readonly detectors: readonly Detector[];
  readonly consensus: number;
  readonly settings: DetectorSettings;
  /** False: stop as soon as consensus is out of reach. */
  readonly allVotes: boolean;
}

/**
 * Asks the detectors. Anomalous if at most enabled - consensus of them vote no and none fails: an abstention is no no, as in the
 * original. An early stop asks the cheap ones first; as those left out could only add votes, it never changes the answer.
 */
export function askDetectors(view: SeriesView, options: HearingOptions): Hearing {
  const { detectors, settings, allVotes } = options;
  const consensus = Math.max(1, Math.min(options.consensus, detectors.length));
  const tolerated = detectors.length - consensus;
  const answers = new Map<Detector, Answer>();
  let quiet = 0;
  for (const detector of allVotes ? detectors : cheapFirst(detectors)) {
    const answer = ask(detector, view, settings);
    // All are asked then, so that which error is named does not depend on the order of asking.
    if (answer.failure !== null && !allVotes) return askDetectors(view, { ...options, allVotes: true });
    answers.set(detector, answer);
    if (answer.report.vote === false) quiet += 1;
    if (quiet > tolerated && !allVotes) break;
  }
  const inOrder = detectors.flatMap((detector) => answers.get(detector) ?? []);
  const failed = inOrder.find(({ failure }) => failure !== null);
  return {
    answers: inOrder,
    enabled: detectors.length,
    consensus,
    anomalous: failed === undefined && quiet <= tolerated,
    failure: failed === undefined ? null : `error: ${failed.report.name}: ${failed.failure}`,
  };
}

const cheapFirst = (detectors: readonly Detector[]): readonly Detector[] => detectors.toSorted((a, b) => a.cost - b.cost);

function ask(detector: Detector, view: SeriesView, settings: DetectorSettings): Answer {
  const { name } = detector;
  try {
    rejectNonFinite(view);
    const { vote, statistic, threshold, expected, explanation } = detector.judge(view, settings);
    const usable = expected !== null && Number.isFinite(expected.low) && Number.isFinite(expected.high);
    return { report: { name, vote, statistic: finite(statistic), threshold: finite(threshold), explanation }, expected: usable ? expected : null, failure: null };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { report: { name, vote: null, statistic: null, threshold: null, explanation: `The test failed: ${failure}.` }, expected: null, failure };
  }
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** The mean is at hand; only if it is not finite the values are looked at one by one. */
function rejectNonFinite({ values, last, head }: SeriesView): void {
  if (Number.isFinite(head().mean + last)) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new RangeError(`value ${at} is ${values[at]}, not a finite number`);
}
