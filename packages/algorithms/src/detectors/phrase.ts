const sizes = [[1e12, 'T'], [1e9, 'B'], [1e6, 'M']] as const;

/**
 * A number in a sentence: five significant digits, no trailing zeros, millions and more with their letter.
 *
 * @example phrase(1234.5678) // '1234.6'
 * @example phrase(6_214_300_000) // '6.2143B'
 */
export function phrase(value: number): string {
  const rounded = Number(value.toPrecision(5));
  const [size, letter] = sizes.find(([least]) => Math.abs(rounded) >= least) ?? [1, ''];
  return Math.abs(rounded) >= 1e15 ? String(rounded) : `${Number((rounded / size).toPrecision(5))}${letter}`;
}
