import type { RejectionReason } from '@skylark/core';
import { parseDecimalText, valueRefusal } from '../decimal.js';

/** A field's value as a number, or why it is none. `syntax` condemns the whole line, the others the field alone. */
export type FieldValue = number | Extract<RejectionReason, 'syntax' | 'nan' | 'bad-value'>;

const maxInt64 = '9223372036854775807';
const minInt64 = '9223372036854775808';
const maxUint64 = '18446744073709551615';
const booleans = new Map([...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, 1] as const), ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, 0] as const)]);

/**
 * The unquoted value of a field: `1`, `-2.5e3` (float), `1i` (int64), `1u` (uint64), `t`, `false` ... (1 and 0). Integers beyond 2^53 become the
 * nearest double. A value that looks like a number and is none, or is out of range, is `bad-value`.
 *
 * @example readFieldValue('-12i') // -12
 */
export function readFieldValue(text: string): FieldValue {
  const first = text[0] ?? '';
  if ('tTfF'.includes(first) && first !== '') return booleans.get(text) ?? 'syntax';
  if (!/[-0-9.]/.test(first)) return readWord(text);
  if (text.endsWith('i')) return isInt64(text.slice(0, -1)) ? Number(text.slice(0, -1)) : 'bad-value';
  if (text.endsWith('u')) return isUint64(text.slice(0, -1)) ? Number(text.slice(0, -1)) : 'bad-value';
  return finite(text);
}

/** Whether a text is an integer within 64 bits, signed. */
export function isInt64(text: string): boolean {
  if (!/^-?[0-9]+$/.test(text)) return false;
  return text.startsWith('-') ? isAtMost(text.slice(1), minInt64) : isAtMost(text, maxInt64);
}

function isUint64(text: string): boolean {
  return /^[0-9]+$/.test(text) && isAtMost(text, maxUint64);
}

/** Compares digits without making a number of them. */
function isAtMost(digits: string, limit: string): boolean {
  if (digits.length < limit.length) return true;
  const significant = digits.replace(/^0+/, '');
  return significant.length < limit.length || (significant.length === limit.length && significant <= limit);
}

function finite(text: string): FieldValue {
  const value = parseDecimalText(text);
  if (Number.isFinite(value)) return value;
  if (!/^[!-~]+$/.test(text)) return 'syntax';
  return valueRefusal(text) === 'nan' ? 'nan' : 'bad-value';
}

/** NaN and the infinities have reasons of their own; any other word is no value at all. */
function readWord(text: string): FieldValue {
  if (valueRefusal(text) === 'nan') return 'nan';
  return /^[+-]?inf(inity)?$/i.test(text) ? 'bad-value' : 'syntax';
}
