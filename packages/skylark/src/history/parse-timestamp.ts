/**
 * A timestamp column's cell to seconds since the epoch; null when it is neither.
 * Decimal numbers are epoch seconds; else ISO 8601, read as UTC where no zone is written.
 *
 * @example parseTimestamp('2014-04-01 00:10:00') // 1396311000
 */
export function parseTimestamp(cell: string): number | null {
  const text = cell.trim();
  if (/^-?\d+(\.\d*)?$/.test(text)) return Number(text);
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (!parts) return null;
  const [, date = '', time = '00:00', zone = 'Z'] = parts;
  const withColon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const milliseconds = isDate(date) ? Date.parse(`${date}T${time}${withColon}`) : NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000;
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDate(date: string): boolean {
  const milliseconds = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date);
}
