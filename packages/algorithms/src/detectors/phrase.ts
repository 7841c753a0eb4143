/**
 * A number in a sentence: five significant digits, no trailing zeros.
 *
 * @example phrase(1234.5678) // '1234.6'
 */
export function phrase(value: number): string {
  return String(Number(value.toPrecision(5)));
}
