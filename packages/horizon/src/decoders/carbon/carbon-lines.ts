import { hasNormalTags, normaliseTags } from '../../names/tags.js';
import { createTextReader } from '../bytes.js';
import { parseDecimal, parseDecimalText, valueRefusal } from '../decimal.js';
import type { ItemSink } from '../decoder.js';

/** Reads the lines in `bytes[start, end)`; the last may lack its newline. `offset` is where `start` lies in the stream. */
export type CarbonLineReader = (bytes: Buffer, start: number, end: number, offset: number) => void;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;
const semicolon = 0x3b;

/** White space as Unicode and Python's str.split have it, less the control characters U+001C to U+001F and U+0085, which make a name unusable. */
const whiteSpace = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** 1: a byte of a name or number that needs no second look; 0: white space, NUL, `;`, or a byte of a longer UTF-8 sequence. */
function plainBytes(): Uint8Array {
  const plain = new Uint8Array(256).fill(1, 1, 0x80);
  for (const special of [tab, newline, 0x0b, 0x0c, carriageReturn, space, semicolon]) plain[special] = 0;
  return plain;
}

/**
 * `metric value timestamp`, split on white space. Lines of plain ASCII with a finite value and timestamp go the fast way, byte by byte,
 * and no string is made; all others (other white space, NUL, UTF-8, tags to be sorted, whatever is wrong) are read as text, which decides.
 */
export function createCarbonLineReader(sink: ItemSink, maxLineBytes: number): CarbonLineReader {
  const plain = plainBytes();
  const readSlowly = createSlowReader(sink, maxLineBytes);

  return (bytes, start, end, offset) => {
    let line = start;
    while (line < end) {
      let i = line;
      let firstTag = -1;
      while (i < end && plain[bytes[i]!] === 1) i++;
      if (i < end && bytes[i] === semicolon) {
        firstTag = i;
        while (i < end && (plain[bytes[i]!] === 1 || bytes[i] === semicolon)) i++;
      }
      const nameEnd = i;
      while (i < end && (bytes[i] === space || bytes[i] === tab)) i++;
      const valueStart = i;
      while (i < end && plain[bytes[i]!] === 1) i++;
      const valueEnd = i;
      while (i < end && (bytes[i] === space || bytes[i] === tab)) i++;
      const timeStart = i;
      while (i < end && plain[bytes[i]!] === 1) i++;
      const timeEnd = i;
      if (i + 1 < end && bytes[i] === carriageReturn) i++;
      if ((i === end || bytes[i] === newline) && nameEnd > line && i - line <= maxLineBytes && (firstTag < 0 || hasNormalTags(bytes, line, nameEnd, firstTag))) {
        const value = parseDecimal(bytes, valueStart, valueEnd);
        const timestamp = parseDecimal(bytes, timeStart, timeEnd);
        // Neither NaN nor infinite.
        if (value - value === 0 && timestamp - timestamp === 0) {
          sink.datapointBytes(bytes, line, nameEnd, timestamp === -1 ? NaN : timestamp, value);
          line = i + 1;
          continue;
        }
      }
      const found = bytes.indexOf(newline, line);
      const lineEnd = found < 0 || found > end ? end : found;
      readSlowly(bytes, line, lineEnd, offset + line - start);
      line = lineEnd + 1;
    }
  };
}

/** One line, without its newline, as text: the definition of what a carbon line is. Blank lines are no items. */
function createSlowReader(sink: ItemSink, maxLineBytes: number): CarbonLineReader {
  const readText = createTextReader();
  return (bytes, start, end, offset) => {
    const length = end - start;
    if (length > maxLineBytes) return sink.reject('too-long', offset, length);
    const text = readText(bytes, start, end)?.replaceAll('\0', '');
    if (text === undefined) return sink.reject('not-utf8', offset, length);
    const tokens = text.split(whiteSpace).filter((token) => token !== '');
    if (tokens.length === 0) return;
    const [name, value, timestamp] = tokens;
    if (tokens.length !== 3 || name === undefined || value === undefined || timestamp === undefined) return sink.reject('syntax', offset, length, 'not three words');
    readTokens({ name, value, timestamp }, offset, length);
  };

  function readTokens(token: { name: string; value: string; timestamp: string }, offset: number, length: number): void {
    const metric = normaliseTags(token.name);
    const value = parseDecimalText(token.value);
    const timestamp = parseDecimalText(token.timestamp);
    if (metric === null) sink.reject('bad-name', offset, length, 'tags');
    else if (!Number.isFinite(value)) sink.reject(valueRefusal(token.value), offset, length, token.value.slice(0, 40));
    else if (!Number.isFinite(timestamp)) sink.reject('bad-timestamp', offset, length, token.timestamp.slice(0, 40));
    else sink.datapoint(metric, timestamp === -1 ? NaN : timestamp, value);
  }
}
