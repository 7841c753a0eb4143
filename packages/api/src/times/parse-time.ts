/** A time that may hang on the moment it is asked at: seconds since the epoch, given `now`. */
export type TimeAt = (now: number) => number;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };
const relative = /^now(?:([+-])((?:\d+(?:\.\d+)?(?:s|min|m|h|d|w))+))?$/;
const isoWithZone = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads a time: seconds since the epoch (`1763728800`, `1763728800.5`), relative to now (`now`, `now-6h`, `now-1h30m`, `now+5m`; units s m h d w),
 * or ISO 8601 with its zone (`2026-11-21T12:00:00Z`, `2026-11-21` = midnight UTC). null when it is none of these.
 *
 * @example parseTime('now-6h')?.(100_000) // 78400
 */
export function parseTime(text: string): TimeAt | null {
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return () => Number(text);
  const [whole, sign, amount] = relative.exec(text) ?? [];
  if (whole !== undefined) {
    const seconds = secondsOf(amount ?? '') * (sign === '-' ? -1 : 1);
    return (now) => now + seconds;
  }
  if (!isoWithZone.test(text)) return null;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : () => parsed / 1000;
}

function secondsOf(amount: string): number {
  let seconds = 0;
  for (const [, count, unit] of amount.matchAll(/(\d+(?:\.\d+)?)(s|min|m|h|d|w)/g)) seconds += Number(count) * (unitSeconds[unit ?? ''] ?? 0);
  return seconds;
}
