import type { Window } from '@skylark/core';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };

/** What the time control offers; anything else `parseTime` reads may stand in the URL. */
export const rangePresets = [
  { from: 'now-1h', label: '1 h' },
  { from: 'now-3h', label: '3 h' },
  { from: 'now-6h', label: '6 h' },
  { from: 'now-24h', label: '24 h' },
  { from: 'now-7d', label: '7 d' },
  { from: 'now-14d', label: '14 d' },
] as const;

export const defaultFrom = 'now-6h';
const defaultSeconds = 6 * 3600;

/**
 * A time as people write it in a URL, in seconds since the epoch, or null: `now`, `now-6h`, seconds, or ISO 8601 (UTC unless it says otherwise).
 *
 * @example parseTime('now-6h', 100_000) // 78_400
 */
export function parseTime(text: string, now: number): number | null {
  const trimmed = text.trim();
  const relative = /^now(?:\s*([-+])\s*(\d+(?:\.\d+)?)(s|min|m|h|d|w))?$/.exec(trimmed);
  if (relative) {
    const [, sign, count = '0', unit = 's'] = relative;
    return now + (sign === '-' ? -1 : 1) * Number(count) * (unitSeconds[unit] ?? 1);
  }
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^\d{4}-\d\d-\d\d/.test(trimmed)) return null;
  const zoned = /(Z|[-+]\d\d:?\d\d)$/.test(trimmed) || !trimmed.includes('T') ? trimmed : `${trimmed}Z`;
  const parsed = Date.parse(zoned);
  return Number.isNaN(parsed) ? null : parsed / 1000;
}

/** The window a pair of URL parameters means; what cannot be read, or is empty, is the default of the last six hours. */
export function windowOf({ from, until }: { from: string | null; until: string | null }, now: number): Window {
  const end = (until === null ? null : parseTime(until, now)) ?? now;
  const start = (from === null ? null : parseTime(from, now)) ?? end - defaultSeconds;
  return start < end ? { from: start, until: end } : { from: end - 3600, until: end };
}
