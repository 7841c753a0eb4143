import type { Range, Series, SkippedReason, Verdict, Votes } from '@skylark/core';
import { phrase } from '../phrase.js';
import { seriesView } from '../series-view.js';
import type { SeriesView } from '../series-view.js';
import { allowance, boundsInWords, boundsSay } from './allowances.js';
import { askDetectors } from './ask-detectors.js';
import type { Answer, Hearing } from './ask-detectors.js';
import { enabledDetectors } from './ensemble-settings.js';
import type { EnsembleSettings } from './ensemble-settings.js';
import { judgeStream } from './judge-stream.js';

export interface JudgeOptions {
  /** Never stop early: every detector is asked. */
  readonly allVotes?: boolean | undefined;
}

/**
 * The ensemble's verdict on a series at a time: pure, so the same input gives the same verdict for ever.
 *
 * `series` holds the window to look at, ascending by time; `now` is in seconds. An anomalous verdict always holds all votes; a
 * normal one those cast until consensus was out of reach, the rest being absent. An error inside a test makes it normal with the
 * reason `error: <detector>: ...`, as do a rule's allowances (`direction: ...`, `minAbsolute: ...`, `minRelative: ...`, `bounds: ...`).
 * `expected` is the median of the ranges of the detectors that fired (of all that have one, if none fired).
 * The ensemble `default` is judged as a stream, see `judgeStream`, unless the settings name its detectors.
 * Throws `bad-config` only: settings that name a detector that is none.
 *
 * @example judge({ metric: 'load', timestamps, values }, timestamps.at(-1)!, defaultEnsembleSettings).status // 'normal'
 */
export function judge(series: Series, now: number, settings: EnsembleSettings, { allVotes = false }: JudgeOptions = {}): Verdict {
  if (settings.ensemble === 'default' && settings.detectors === null) return judgeStream(series, now, settings);
  const reason = reasonToSkip(series, now, settings);
  if (reason !== null) return { status: 'skipped', reason };
  const view = seriesView(series, now);
  const bounds = boundsSay(settings, view.last, null);
  const hearing = askDetectors(view, {
    detectors: enabledDetectors(settings),
    consensus: settings.consensus,
    settings: settings.ensemble === 'default' ? { ...settings, dialect: 'fixed' } : settings,
    allVotes: allVotes || bounds === 'outside',
  });
  if (bounds === 'outside') return outOfBounds(hearing, view.last, settings);
  if (!hearing.anomalous) return quiet(hearing, view, hearing.failure);
  const pardon = allowance(settings, view, expectedOf(hearing));
  return pardon === null ? alarm(hearing, view) : quiet(hearing, view, pardon);
}

/** The filters, in the original's order. A constant beyond the bounds is not boring. */
function reasonToSkip({ timestamps, values }: Series, now: number, settings: EnsembleSettings): SkippedReason | null {
  const { length } = values;
  if (length < Math.max(1, settings.minTolerableLength)) return 'too-short';
  if (now - timestamps[length - 1]! > settings.stalePeriod) return 'stale';
  return isBoring(values, settings) && boundsSay(settings, values[length - 1]!, null) !== 'outside' ? 'boring' : null;
}

function isBoring(values: Float64Array, { maxTolerableBoredom, boredomSetSize }: EnsembleSettings): boolean {
  const distinct = new Set<number>();
  for (let i = values.length - 1; i >= Math.max(0, values.length - maxTolerableBoredom); i -= 1) {
    distinct.add(values[i]!);
    if (distinct.size > boredomSetSize) return false;
  }
  return distinct.size === boredomSetSize;
}

/** What every judged verdict carries. */
function common(hearing: Hearing): { votes: Votes; detectors: Answer['report'][]; score: number; expected: Range | null } {
  const detectors = hearing.answers.map(({ report }) => report);
  return {
    votes: Object.fromEntries(detectors.map(({ name, vote }) => [name, vote])),
    detectors,
    score: hearing.enabled === 0 ? 0 : (100 * agreeing(hearing)) / hearing.enabled,
    expected: expectedOf(hearing),
  };
}

function alarm(hearing: Hearing, view: SeriesView): Verdict {
  const told = common(hearing);
  return { status: 'anomalous', ...told, explanation: `${valueInWords(view, told.expected)}: ${tally(hearing)} call it anomalous.` };
}

function quiet(hearing: Hearing, view: SeriesView, reason: string | null): Verdict {
  const told = common(hearing);
  const value = valueInWords(view, told.expected);
  if (reason !== null) return { status: 'normal', reason, ...told, explanation: `${value}: not anomalous because of ${reason}.` };
  const asked = hearing.answers.length === hearing.enabled ? '' : ` of the ${hearing.answers.length} that were asked`;
  return { status: 'normal', ...told, explanation: `${value}: ${tally(hearing)}${asked} call it anomalous, and ${hearing.consensus} are needed.` };
}

function outOfBounds(hearing: Hearing, last: number, settings: EnsembleSettings): Verdict {
  const told = common(hearing);
  const expected = settings.low === null || settings.high === null ? told.expected : { low: settings.low, high: settings.high };
  return { status: 'anomalous', ...told, score: 100, expected, explanation: `The value is ${phrase(last)}, beyond ${boundsInWords(settings)}: ${tally(hearing)} call it anomalous as well.` };
}

const agreeing = ({ answers }: Hearing): number => answers.filter(({ report }) => report.vote === true).length;

const tally = (hearing: Hearing): string => `${agreeing(hearing)} of ${hearing.enabled} tests`;

function expectedOf({ answers }: Hearing): Range | null {
  const ranges = (wanted: boolean): Range[] => answers.flatMap(({ report, expected }) => (expected !== null && (!wanted || report.vote === true) ? [expected] : []));
  const fired = ranges(true);
  const used = fired.length > 0 ? fired : ranges(false);
  if (used.length === 0) return null;
  const middle = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;
  return { low: middle(used.map(({ low }) => low)), high: middle(used.map(({ high }) => high)) };
}

function valueInWords({ last, tail }: SeriesView, expected: Range | null): string {
  if (expected === null) return `The value is ${phrase(last)}`;
  const range = `${phrase(expected.low)} to ${phrase(expected.high)} expected`;
  const inside = (value: number): boolean => value >= expected.low && value <= expected.high;
  if (inside(last) && !inside(tail)) return `The value is ${phrase(last)}, the mean of the last three ${phrase(tail)}, with ${range}`;
  return `The value is ${phrase(last)}, with ${range}`;
}
