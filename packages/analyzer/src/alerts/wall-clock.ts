/** Local time of an instant in a zone, as the wall shows it. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** ISO: 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minutes: number;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', weekday: 'short', hour: 'numeric', minute: 'numeric' });

/** Reads instants (seconds) in one zone; daylight saving included. Throws a RangeError for a zone that is none. */
export function createWallClock(zone: string): (instant: number) => WallTime {
  const format = formats(zone);
  return (instant) => {
    const parts = new Map(format.formatToParts(instant * 1000).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    return { year: number('year'), month: number('month'), day: number('day'), weekday: weekdays.indexOf(parts.get('weekday') ?? '') + 1, minutes: 60 * number('hour') + number('minute') };
  };
}

/** Minutes of `HH:MM`; NaN for what is none. */
export function minutesOf(text: string): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  return match === null ? NaN : 60 * Number(match[1]) + Number(match[2]);
}
