import { compileMatcher } from '@skylark/algorithms';
import type { AnomalyFinding, Calendar, NameMatcher, Silence } from '@skylark/core';
import { createWallClock, minutesOf, type WallTime } from './wall-clock.js';

export type Quieted = Pick<AnomalyFinding, 'id' | 'metric' | 'start'>;

/** Whether people said that nobody shall be called for an anomaly. */
export interface Quiet {
  readonly id: string;
  /** `shape`: see `shapeVector`; null where it is not known (yet). */
  readonly matches: (anomaly: Quieted, shape: Float32Array | null) => boolean;
}

const dayMinutes = 1440;
/** Of shape vectors, which have unit length: nearer than two curves of noise come by chance. */
const alikeWithin = 0.55;

/** @throws SkylarkError bad-pattern; RangeError for a zone that is none */
export function quietOfSilence(silence: Silence): Quiet {
  const about = compileMatcher(silence.match);
  return { id: silence.id, matches: silenceTest(silence, about) };
}

function silenceTest({ kind, anomaly, shape, days, from, until, zone, expires }: Silence, about: NameMatcher): Quiet['matches'] {
  const inTime = ({ start }: Quieted): boolean => expires === null || start < expires;
  if (kind === 'anomaly') return (one) => one.id === anomaly;
  if (kind === 'shape') return (one, its) => inTime(one) && about(one.metric) && (one.id === anomaly || (its !== null && shape !== null && distance(its, shape) <= alikeWithin));
  const wall = createWallClock(zone);
  const [begins, ends] = [minutesOf(from ?? '00:00'), minutesOf(until ?? '24:00')];
  return (one) => inTime(one) && about(one.metric) && inWeek(wall(one.start), days ?? [1, 2, 3, 4, 5, 6, 7], begins, ends);
}

/** A stretch that ends at or before its beginning runs into the next day. */
function inWeek({ weekday, minutes }: WallTime, days: readonly number[], begins: number, ends: number): boolean {
  if (begins < ends) return days.includes(weekday) && minutes >= begins && minutes < ends;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return (days.includes(weekday) && minutes >= begins) || (days.includes(yesterday) && minutes < ends);
}

/** @throws SkylarkError bad-pattern; RangeError for a zone that is none */
export function quietOfCalendar({ id, match, from, until, repeat, zone }: Calendar): Quiet {
  const about = compileMatcher(match);
  const wall = createWallClock(zone);
  const inWindow = (instant: number): boolean => {
    if (instant < from) return false;
    if (instant < until) return true;
    if (repeat === 'never') return false;
    const length = (until - from) / 60;
    const since = repeat === 'weekly' ? minutesOfWeek(wall(instant)) - minutesOfWeek(wall(from)) : minutesOfYear(wall(instant)) - minutesOfYear(wall(from));
    const period = repeat === 'weekly' ? 7 * dayMinutes : 366 * dayMinutes;
    return (since + period) % period < length;
  };
  return { id, matches: ({ metric, start }) => inWindow(start) && about(metric) };
}

const minutesOfWeek = ({ weekday, minutes }: WallTime): number => (weekday - 1) * dayMinutes + minutes;

/** Of a year that has a 29th of February, so that a date is at the same place in every year. */
function minutesOfYear({ month, day, minutes }: WallTime): number {
  return (Date.UTC(2000, month - 1, day) - Date.UTC(2000, 0, 1)) / 60_000 + minutes;
}

function distance(a: Float32Array, b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
