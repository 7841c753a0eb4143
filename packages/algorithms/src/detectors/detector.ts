import type { Range, Vote } from '@skylark/core';
import type { SeriesView } from './series-view.js';

/** What a detector may be told. Never a clock, never a store: same input, same answer, for ever. */
export interface DetectorSettings {
  /** Seconds a window is expected to span; Skyline's FULL_DURATION. */
  readonly fullDuration: number;
  /** `etsy`: a quiet median_absolute_deviation abstains, as it did by accident in the original. `fixed`: it votes no. */
  readonly dialect: 'etsy' | 'fixed';
}

/** What one detector found. */
export interface Finding {
  readonly vote: Vote;
  /** The figure compared, and what it is compared with, in the detector's own unit; may be anything while `vote` is false. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  /** Where it would have had nothing to say; null where it has no such range. */
  readonly expected: Range | null;
  /** One sentence with the statistic and its threshold. */
  readonly explanation: string;
}

/**
 * One test of the ensemble: a pure function of a series, `now` (both in the view) and settings.
 *
 * To add one: a file that exports a Detector, its test, one line in `registry.ts`. A detector that goes by one datapoint at
 * a time is written as a step and made a Detector by `fromSteps`; whoever holds it as a `StepDetector` can keep its state.
 * An error thrown here ends the judgement of this series as normal, with the error as its reason.
 */
export interface Detector {
  /** Public and stable: the key of its vote. */
  readonly name: string;
  /** Rough work on a quiet day at 10 s (8,640 points) in microseconds, without what the view shares: an early stop asks the cheap ones first. */
  readonly cost: number;
  readonly judge: (view: SeriesView, settings: DetectorSettings) => Finding;
}

/** One value at its time, in seconds; what a step is fed. */
export interface Observation {
  readonly timestamp: number;
  readonly value: number;
}

/** A detector that needs no window: its state is small plain data (it can be stored as JSON) and never grows with the series. */
export interface StepDetector<State> extends Detector {
  readonly initial: State;
  readonly step: (state: State, observation: Observation, settings: DetectorSettings) => { readonly state: State; readonly finding: Finding };
}

/**
 * A detector from its step. Judging a window replays it from the start, so both ways agree.
 *
 * @example
 * const jump = fromSteps({ name: 'jump', cost: 1, initial: null as number | null, step: (last, { value }) => ({ state: value, finding: ... }) });
 */
export function fromSteps<State>(parts: Omit<StepDetector<State>, 'judge'>): StepDetector<State> {
  const judge = ({ timestamps, values }: SeriesView, settings: DetectorSettings): Finding => {
    let state = parts.initial;
    let finding: Finding = silent('There is no datapoint yet.');
    for (let i = 0; i < values.length; i += 1) ({ state, finding } = parts.step(state, { timestamp: timestamps[i]!, value: values[i]! }, settings));
    return finding;
  };
  return { ...parts, judge };
}

/** A quiet vote of a detector that could not get as far as its statistic. */
export function silent(explanation: string): Finding {
  return { vote: false, statistic: null, threshold: null, expected: null, explanation };
}
