import type { DetectorReport, Range } from '@skylark/core';

/** What a stream detector may be told of one metric; the same for the whole life of a state (a change asks for a rebuild). */
export interface StreamSettings {
  /**
   * Seconds to add to UTC at a time, so that days and weeks begin where the metric's people live; null: UTC.
   * From an IANA zone it steps twice a year, which is how a change of daylight-saving time moves the rhythm at once.
   */
  readonly utcOffset: ((timestamp: number) => number) | null;
}

export const defaultStreamSettings: StreamSettings = { utcOffset: null };

/** What the last step saw, in words and figures. Nothing in it is NaN or infinite. */
export interface StreamReport {
  /** 0 to 100: what `step` answered. */
  readonly score: number;
  /** Where the value would have had nothing to say; null while too little is known. */
  readonly expected: Range | null;
  /** Which way it left that range; null inside it. */
  readonly direction: 'up' | 'down' | null;
  /** The parts, always the same ones in the same order, as detectors with their votes. */
  readonly detectors: readonly DetectorReport[];
  /** One sentence a person would say. */
  readonly explanation: string;
}

/**
 * A detector that goes datapoint by datapoint and keeps all it knows of a metric in `stateLength` doubles: a slab of them holds a shard,
 * a copy of the doubles is a snapshot, and a restart in between changes no score.
 *
 * Pure but for the state it is handed: no clock, no randomness, nothing kept elsewhere. Whoever holds the states passes the subarray of
 * one metric; nothing outside it is read or written.
 *
 * @example
 * const state = new Float64Array(detector.stateLength);
 * const score = detector.step(state, timestamp, value, defaultStreamSettings);
 * if (score >= openAt) show(detector.report(state, defaultStreamSettings));
 */
export interface StreamDetector {
  /** Public and stable; part of the key under which states are kept. */
  readonly name: string;
  /** Raised whenever states of the version before cannot be read; those are rebuilt from the store. */
  readonly stateVersion: number;
  /** Doubles of state a metric, at most 512. All zeroes is the fresh state. */
  readonly stateLength: number;
  /** The names of the parts, in the order of a report's `detectors`. */
  readonly parts: readonly string[];
  /**
   * Steps the state in place, O(1), and answers the score of this datapoint, 0 to 100. Timestamps in seconds, ascending: one that is not
   * above the last, or a value or timestamp that is not finite, changes nothing and answers 0.
   */
  readonly step: (state: Float64Array, timestamp: number, value: number, settings: StreamSettings) => number;
  /**
   * How odd the newest datapoint is by itself, 0 to 100. `step` answers this where it is new or worse, and less (often 0) while an oddity
   * merely goes on: what `step` says opens or worsens an anomaly, while this is at or above the same bound the anomaly is not over.
   */
  readonly level: (state: Float64Array) => number;
  /** What the step just before saw, at any score; changes nothing. Of a fresh state: score 0 and no range. May be slow (microseconds). */
  readonly report: (state: Float64Array, settings: StreamSettings) => StreamReport;
  /** The newest timestamp that was stepped, seconds; null of a fresh state: what a rebuild or a follower has to go on from. */
  readonly lastTimestamp: (state: Float64Array) => number | null;
}
