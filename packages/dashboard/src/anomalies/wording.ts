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

/** What a row says under the name: why it is odd, or how many tests say so, or what the server says of a metric that stopped. */
export function shortReason(anomaly: ListedAnomaly): string {
  const { total } = countVotes(anomaly);
  const reason = total === 0 ? anomaly.explanation : total > mostNamed ? votesInWords(anomaly) : whyOdd(anomaly.explanation);
  return anomaly.acknowledged ? `Acknowledged. ${reason}` : reason;
}

/** The sentence without the value and the range, which stand beside it, and since when: `Above every forecast; its recent course is like none before`. */
function whyOdd(explanation: string): string {
  const why = explanation.replace(/^[^:;]* expected: /, '').replace(/; since [^;]*UTC\.?$/, '');
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}`;
}

/** So many are named; of more it is said how many agree. */
const mostNamed = 5;

/** Who said so: `seen by forecast and novelty`, or of Skyline's nine `7 of 9 tests agree`. */
export function votesInWords(anomaly: ListedAnomaly): string {
  const votes = votesOf(anomaly);
  const fired = votes.filter(({ vote }) => vote === true).map(({ name }) => detectorName(name));
  if (votes.length === 0) return 'no votes';
  if (votes.length > mostNamed) return `${fired.length} of ${votes.length} tests agree`;
  return fired.length === 0 ? 'seen by no part alone' : `seen by ${fired.slice(0, -1).join(', ')}${fired.length > 1 ? ' and ' : ''}${fired.at(-1)}`;
}

export function countVotes(anomaly: ListedAnomaly): { fired: number; total: number } {
  const votes = votesOf(anomaly);
  return { fired: votes.filter(({ vote }) => vote === true).length, total: votes.length };
}

function votesOf({ detectors, votes }: ListedAnomaly): readonly { readonly name: string; readonly vote: boolean | null }[] {
  return detectors.length > 0 ? detectors : Object.entries(votes).map(([name, vote]) => ({ name, vote }));
}

/** `stddev_from_average` as words: `stddev from average`. */
export function detectorName(name: string): string {
  return name.replaceAll('_', ' ');
}
