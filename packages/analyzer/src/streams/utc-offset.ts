import { SkylarkError } from '@skylark/core';

/** Zones change their offset at whole quarter-hours only. */
const quarterSeconds = 900;
const mostKept = 20_000;

/**
 * Seconds to add to UTC in an IANA zone at a time, daylight saving included. Asking ICU costs microseconds; each quarter-hour is asked once.
 *
 * @example utcOffsetOf('Europe/Berlin')(1_720_000_000) // 7200
 * @throws SkylarkError bad-config for a zone that is none
 */
export function utcOffsetOf(zone: string): (timestamp: number) => number {
  const format = formatOf(zone);
  const known = new Map<number, number>();
  let [newest, offset] = [NaN, 0];
  return (timestamp) => {
    const quarter = Math.floor(timestamp / quarterSeconds);
    if (quarter === newest) return offset;
    newest = quarter;
    const found = known.get(quarter);
    if (found !== undefined) return (offset = found);
    offset = offsetAt(format, quarter * quarterSeconds);
    if (known.size >= mostKept) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  } catch (cause) {
    throw new SkylarkError('bad-config', `no time zone named ${zone}`, { cause });
  }
}

function offsetAt(format: Intl.DateTimeFormat, timestamp: number): number {
  const parts = new Map(format.formatToParts(timestamp * 1000).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) / 1000 - timestamp;
}
