const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/**
 * A value in at most four digits, short enough for a row.
 *
 * @example formatValue(0.123456) // '0.1235'
 * @example formatValue(12_345_678) // '12.3M'
 */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return '–';
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1e6) return compact.format(value);
  return size >= 1e4 ? whole.format(value) : plain.format(value);
}

const coarse = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** A range in at most three digits each: `238 to 386`. */
export function formatRange({ low, high }: { low: number; high: number }): string {
  const write = (value: number): string => (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e4 ? coarse.format(value) : formatValue(value));
  return `${write(low)} to ${write(high)}`;
}

/** A whole number with its thousands apart: `1,440`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * A length of time in its one or two largest units.
 *
 * @example formatAge(3 * 3600 + 300) // '3 h 5 min'
 */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10 && minutes % 60 !== 0) return `${hours} h ${minutes % 60} min`;
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const whenFull = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** The time of day, after the date when that is not today's; local time. */
export function formatTime(seconds: number, now: number): string {
  const date = new Date(seconds * 1000);
  const sameDay = day.format(date) === day.format(new Date(now * 1000)) && Math.abs(now - seconds) < 2 * 86_400;
  return sameDay ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** Date, time and zone, for a tooltip. */
export function formatMoment(seconds: number): string {
  return whenFull.format(new Date(seconds * 1000));
}

/** `14:02:10 – 15:02:10`, with the date or dates where they are not today's. */
export function formatSpan(from: number, until: number, now: number): string {
  const oneDay = day.format(new Date(from * 1000)) === day.format(new Date(until * 1000)) && until - from < 86_400;
  return `${formatTime(from, now)} – ${oneDay ? clock.format(new Date(until * 1000)) : formatTime(until, now)}`;
}

const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** A span to the minute, for where room is short: `20 Nov 11:27 – 12:12`. */
export function formatShortSpan(from: number, until: number, now: number): string {
  const dayOf = (seconds: number): string => day.format(new Date(seconds * 1000));
  const write = (seconds: number, beside: number): string => `${dayOf(seconds) === dayOf(beside) ? '' : `${dayOf(seconds)} `}${minutes.format(new Date(seconds * 1000))}`;
  return `${write(from, now)} – ${write(until, from)}`;
}

export function formatTook(ms: number): string {
  return ms < 10 ? `${Math.max(0, ms).toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A distance in three digits: `0.42`, `3.07`, `12.8`. */
export function formatDistance(distance: number): string {
  return distance < 10 ? distance.toFixed(2) : distance.toFixed(1);
}
