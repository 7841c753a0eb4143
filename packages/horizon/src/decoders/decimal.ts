import type { RejectionReason } from '@skylark/core';

const decimalText = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const notANumber = /^[+-]?nan$/i;
/** Longest text that is looked at; nobody writes such numbers. */
const maxDecimalLength = 4096;

const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
/** Below it every integer is a double. */
const exactLimit = 2 ** 53;
/** The powers of ten that are doubles. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The double nearest to a decimal float (`1`, `-2.50`, `+5`, `.5`, `5.`, `1e3`): no hex, no `1_000`, no words, no white space.
 * Overflow gives an infinity, as in IEEE 754.
 *
 * @returns NaN when the text is not of that grammar
 * @example parseDecimalText('5.') // 5
 */
export function parseDecimalText(text: string): number {
  return text.length <= maxDecimalLength && decimalText.test(text) ? Number(text) : NaN;
}

/**
 * `parseDecimalText` of the bytes `[start, end)`, mostly without making a string: a mantissa below 2^53 and a power of ten up to 10^22 are both
 * exact doubles, so that their quotient is rounded once (W. Clinger, How to read floating point numbers accurately, 1990).
 */
export function parseDecimal(bytes: Buffer, start: number, end: number): number {
  const sign = bytes[start];
  const digitsStart = sign === minus || sign === plus ? start + 1 : start;
  let mantissa = 0;
  let i = digitsStart;
  for (; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  let fraction = 0;
  if (i < end && bytes[i] === point) {
    const fractionStart = ++i;
    for (; i < end; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
    }
    fraction = i - fractionStart;
    if (i - digitsStart === 1) return NaN;
  }
  if (i < end || i === digitsStart || mantissa >= exactLimit || fraction > 22) return parseDecimalText(bytes.toString('latin1', start, end));
  const value = mantissa / powersOfTen[fraction]!;
  return sign === minus ? -value : value;
}

/** Why a value that is no finite number is refused: NaN has a reason of its own. */
export function valueRefusal(text: string): RejectionReason {
  return notANumber.test(text) ? 'nan' : 'bad-value';
}
