import { largestInteger } from './integers.js';

/** Powers of ten that are exact doubles, as far as metrics use them. */
const powers = Float64Array.from({ length: 19 }, (_, exponent) => Number(`1e${exponent}`));

/** 10^exponent for 0 to 18. */
export function powerOfTen(exponent: number): number {
  return powers[exponent]!;
}

export const largestExponent = powers.length - 1;

/**
 * The column as integers m with m / 10^e equal to each value bit for bit, at the least e that does; null where there is none
 * (-0, more than 15 digits, very large or very small).
 *
 * Division is what makes it exact: m and 10^e are doubles without error, so m / 10^e is the double nearest to the decimal, as is the literal
 * somebody typed. Multiplying by 10^-e would miss by a bit.
 */
export function toDecimals(column: Float64Array): { exponent: number; integers: Float64Array } | null {
  let exponent = 0;
  for (let i = 0; i < column.length; i += 1) {
    exponent = exponentFor(column[i]!, exponent);
    if (exponent > largestExponent) return null;
  }
  const power = powerOfTen(exponent);
  const integers = new Float64Array(column.length);
  for (let i = 0; i < column.length; i += 1) {
    const integer = Math.round(column[i]! * power);
    if (!isExact(column[i]!, integer, power)) return null;
    integers[i] = integer;
  }
  return { exponent, integers };
}

/** The least exponent from `least` on that holds the value, or one more than the largest. */
function exponentFor(value: number, least: number): number {
  let exponent = least;
  for (; exponent <= largestExponent; exponent += 1) {
    const power = powerOfTen(exponent);
    const integer = Math.round(value * power);
    if (isExact(value, integer, power)) return exponent;
    if (Math.abs(integer) > largestInteger) return largestExponent + 1;
  }
  return exponent;
}

function isExact(value: number, integer: number, power: number): boolean {
  return integer / power === value && Math.abs(integer) <= largestInteger && (value !== 0 || !Object.is(value, -0));
}

/** The inverse, in place. */
export function fromDecimals(integers: Float64Array, exponent: number): void {
  if (exponent === 0) return;
  const power = powerOfTen(exponent);
  for (let i = 0; i < integers.length; i += 1) integers[i] = integers[i]! / power;
}
