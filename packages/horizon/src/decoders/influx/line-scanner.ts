import { isUtf8 } from 'node:buffer';
import type { RejectionReason } from '@skylark/core';

/** A field as it stands in the line; the text of a quoted one is not kept. */
export interface RawField {
  readonly key: string;
  /** null: a quoted string. */
  readonly text: string | null;
}

/** One line taken apart; or why it cannot be. */
export type ScannedLine =
  | { readonly measurement: string; readonly tags: ReadonlyMap<string, string>; readonly fields: readonly RawField[]; readonly time: string | null; readonly next: number }
  | { readonly refusal: RejectionReason; readonly detail: string; readonly end: number; readonly next: number };

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const equals = 0x3d;
const backslash = 0x5c;

/** Bytes that end a token, and bytes that a backslash may precede in it. */
interface TokenKind {
  readonly ends: Uint8Array;
  readonly escapes: string;
  readonly unescape: RegExp;
}

function tokenKind(ends: string, escapes: string): TokenKind {
  const table = new Uint8Array(256).fill(1, 0, 0x20);
  table[0x7f] = 1;
  for (const character of ends) table[character.charCodeAt(0)] = 1;
  return { ends: table, escapes, unescape: new RegExp(`\\\\([${escapes}])`, 'g') };
}

const measurementToken = tokenKind(', ', ' ,');
const keyToken = tokenKind(',= ', ',= ');

/** Why a line is refused, and from where on the next newline ends it. */
interface Failure {
  readonly reason: RejectionReason;
  readonly detail: string;
  readonly at: number;
}

/**
 * Takes the line of line protocol at `start` apart: grammar only, values are texts. Follows influxdata/line-protocol's decoder (lineprotocol/decoder.go),
 * which the golden cases are from. A quoted string may hold newlines; when it is not closed, reading goes on after the first of them.
 *
 * @param start the first byte of a line that is neither blank nor a comment
 * @param maxLineBytes no more than this is looked at
 */
export function scanLine(bytes: Buffer, start: number, maxLineBytes: number): ScannedLine {
  const firstEnd = lineEndAfter(bytes, start);
  if (firstEnd - start > maxLineBytes) return { refusal: 'too-long', detail: `longer than ${maxLineBytes} bytes`, end: firstEnd, next: firstEnd + 1 };
  const limit = Math.min(bytes.length, start + maxLineBytes);
  const scanner = new Scanner(bytes, start, limit);
  const line = scanner.line();
  if (line !== null) return line;
  const { reason, detail, at } = scanner.failure;
  const end = lineEndAfter(bytes, at);
  return { refusal: at >= limit && limit < bytes.length ? 'too-long' : reason, detail, end, next: end + 1 };
}

function lineEndAfter(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(newline, from);
  return found < 0 ? bytes.length : found;
}

/** Each step answers null when it has failed. Nothing is thrown: a body of nothing but bad lines must be cheap. */
class Scanner {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #limit: number;
  #at: number;
  failure: Failure;

  constructor(bytes: Buffer, start: number, limit: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#limit = limit;
    this.failure = { reason: 'syntax', detail: '', at: start };
  }

  line(): ScannedLine | null {
    const measurement = this.#token(measurementToken);
    if (measurement === null) return null;
    if (measurement === '' || measurement.startsWith('#')) return this.#fail(measurement === '' ? 'missing measurement' : 'control character in a comment');
    const tags = this.#tags();
    const fields = tags === null ? null : this.#fields();
    if (tags === null || fields === null) return null;
    const time = this.#time();
    return time === null ? null : { measurement, tags, fields, time: time === '' ? null : time, next: this.#at };
  }

  /** From after the measurement to the first field. */
  #tags(): ReadonlyMap<string, string> | null {
    const tags = new Map<string, string>();
    while (this.#here() === comma) {
      this.#at++;
      const key = this.#key('tag');
      const value = key === null ? null : this.#token(keyToken);
      if (key === null || value === null) return null;
      if (value === '') return this.#fail('missing tag value');
      if (tags.has(key)) return this.#fail(`duplicate tag ${key.slice(0, 40)}`);
      tags.set(key, value);
    }
    if (this.#here() !== space) return this.#fail('missing fields');
    this.#skipSpaces();
    return tags;
  }

  /** A key and the `=` after it. */
  #key(of: 'tag' | 'field'): string | null {
    const key = this.#token(keyToken);
    if (key === null) return null;
    if (key === '') return this.#fail(`missing ${of} key`);
    if (this.#here() !== equals) return this.#fail(`missing ${of} value`);
    this.#at++;
    return key;
  }

  #fields(): readonly RawField[] | null {
    const fields: RawField[] = [];
    for (;;) {
      const key = this.#key('field');
      if (key === null) return null;
      const quoted = this.#here() === quote;
      const text = quoted ? this.#string() : this.#bareValue();
      if (text === null) return null;
      fields.push({ key, text: quoted ? null : text });
      if (this.#here() !== comma) return fields;
      this.#at++;
    }
  }

  #bareValue(): string | null {
    const bytes = this.#bytes;
    const start = this.#at;
    let i = start;
    for (; i < this.#limit; i++) {
      const byte = bytes[i];
      if (byte === comma || byte === space || byte === newline || byte === carriageReturn) break;
    }
    if (i === start) return this.#fail('missing field value');
    this.#at = i;
    return bytes.toString('latin1', start, i);
  }

  /** A quoted value, answered as the empty text: only its end and its UTF-8 matter. */
  #string(): '' | null {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let i = start;
    while (i < this.#limit && bytes[i] !== quote) i += bytes[i] === backslash && (bytes[i + 1] === quote || bytes[i + 1] === backslash) ? 2 : 1;
    // What follows the first newline may well be good lines.
    if (i >= this.#limit) return this.#fail('unbalanced quotes', this.#limit < bytes.length ? 'too-long' : 'syntax', this.#start);
    this.#at = i + 1;
    return isUtf8(bytes.subarray(start, i)) ? '' : this.#fail('invalid UTF-8', 'not-utf8');
  }

  /** From after the last field beyond the end of the line; empty when there is none. */
  #time(): string | null {
    const here = this.#here();
    if (here !== space && here !== newline && here !== carriageReturn && here !== -1) return this.#fail('unexpected text after a field');
    this.#skipSpaces();
    const start = this.#at;
    while (isTimeByte(this.#here())) this.#at++;
    const time = this.#bytes.toString('latin1', start, this.#at);
    if (time !== '' && !/^-?[0-9]+$/.test(time)) return this.#fail('bad timestamp');
    this.#skipSpaces();
    if (this.#here() === carriageReturn) this.#at++;
    if (this.#here() !== newline && this.#here() !== -1) return this.#fail('bad timestamp');
    this.#at++;
    return time;
  }

  /** The byte at hand; -1 at the end. */
  #here(): number {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at]! : -1;
  }

  #skipSpaces(): void {
    while (this.#here() === space) this.#at++;
  }

  #token({ ends, escapes, unescape }: TokenKind): string | null {
    const bytes = this.#bytes;
    const start = this.#at;
    let escaped = false;
    let bits = 0;
    let i = start;
    for (; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === backslash) {
        if (i + 1 < bytes.length && escapes.includes(String.fromCharCode(bytes[i + 1]!))) {
          escaped = true;
          i++;
        }
      } else if (ends[byte] === 1) break;
      else bits |= byte;
    }
    this.#at = i;
    if (bits < 0x80) return unescaped(bytes.toString('latin1', start, i), escaped, unescape);
    if (!isUtf8(bytes.subarray(start, i))) return this.#fail('invalid UTF-8', 'not-utf8');
    return unescaped(bytes.toString('utf8', start, i), escaped, unescape);
  }

  #fail(detail: string, reason: RejectionReason = 'syntax', at = this.#at): null {
    this.failure = { reason, detail, at };
    return null;
  }
}

function unescaped(text: string, escaped: boolean, unescape: RegExp): string {
  return escaped ? text.replace(unescape, '$1') : text;
}

/** Digits and the sign. */
function isTimeByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d;
}
