import type { ListedAnomaly } from '../data/api-types.js';
import { formatAge, formatRange, formatValue } from '../design/format.js';

/** `412, expected 38 to 60`, or that it stopped. */
export function valueAgainstExpected({ kind, value, expected }: ListedAnomaly): string {
  if (kind === 'stopped') return `Stopped; last value ${formatValue(value)}`;
  return expected ? `${formatValue(value)}, expected ${formatRange(expected)}` : formatValue(value);
}

/** `open for 12 min` or `lasted 3 min`. */
export function lifeOf({ start, end }: ListedAnomaly, now: number): string {
  return end === null ? `open for ${formatAge(now - start)}` : `lasted ${formatAge(end - start)}, ended ${formatAge(now - end)} ago`;
}

/** What a row says under the name: the votes, or what the server says of a metric that stopped. */
export function shortReason(anomaly: ListedAnomaly): string {
  const reason = countVotes(anomaly).total === 0 ? anomaly.explanation : votesInWords(anomaly);
  return anomaly.acknowledged ? `Acknowledged. ${reason}` : reason;
}

/** How many tests fired, of those that voted: `7 of 9 tests agree`. */
export function votesInWords(anomaly: ListedAnomaly): string {
  const { fired, total } = countVotes(anomaly);
  return total === 0 ? 'no votes' : `${fired} of ${total} tests agree`;
}

export function countVotes({ detectors, votes }: ListedAnomaly): { fired: number; total: number } {
  const all = detectors.length > 0 ? detectors.map(({ vote }) => vote) : Object.values(votes);
  return { fired: all.filter((vote) => vote === true).length, total: all.length };
}

/** `stddev_from_average` as words: `stddev from average`. */
export function detectorName(name: string): string {
  return name.replaceAll('_', ' ');
}
