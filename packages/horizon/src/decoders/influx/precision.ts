import { isInt64 } from './field-value.js';

/** InfluxDB's units of time: nanoseconds, microseconds, milliseconds, seconds, minutes, hours. */
export type Precision = 'n' | 'u' | 'ms' | 's' | 'm' | 'h';

const nanoseconds: Readonly<Record<Precision, bigint>> = { n: 1n, u: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
const decimalPlaces: Readonly<Record<Precision, number>> = { n: 9, u: 6, ms: 3, s: 0, m: 0, h: 0 };
const names = new Map<string, Precision>([['n', 'n'], ['ns', 'n'], ['u', 'u'], ['us', 'u'], ['µ', 'u'], ['µs', 'u'], ['ms', 'ms'], ['s', 's'], ['m', 'm'], ['h', 'h']]);

/** The precision a request names; nanoseconds for a name that is unknown, as InfluxDB does. */
export function precisionOf(name: string | null | undefined): Precision {
  return names.get(name ?? 'n') ?? 'n';
}

/**
 * A timestamp in units of the precision as seconds, the nearest double; null when its nanoseconds do not fit into 64 bits.
 *
 * @param text an integer within 64 bits
 * @example toSeconds('1700000000123', 'ms') // 1700000000.123
 */
export function toSeconds(text: string, precision: Precision): number | null {
  const unit = nanoseconds[precision];
  if (unit > 1n && text.length > 6 && !isInt64(String(BigInt(text) * unit))) return null;
  const places = decimalPlaces[precision];
  // A power of ten in the text, so that it is rounded once.
  if (places > 0) return Number(`${text}e-${places}`);
  return Number(text) * Number(unit / nanoseconds.s);
}

/** Nanoseconds as seconds, truncated to the precision. */
export function truncateToSeconds(timestampNs: bigint, precision: Precision): number {
  const unit = nanoseconds[precision];
  const rest = ((timestampNs % unit) + unit) % unit;
  return Number(`${timestampNs - rest}e-9`);
}
