/** What a spreadsheet would take for a formula (OWASP, CSV injection), and what already looks guarded. */
const formula = /^[=+\-@\t\r']/;

/** A metric's name as a CSV cell (RFC 4180): one that a spreadsheet would take for a formula gets an apostrophe before it. */
export function metricCell(metric: string): string {
  const guarded = formula.test(metric) ? `'${metric}` : metric;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** The name that `metricCell` wrote, from the cell as a CSV reader gives it. */
export function metricOfCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
}
